"""Carries out a Dockerfile without a container engine, as root on Linux.

The files of this machine stand for the base images. Each stage is an overlay above them, so a step
runs at the paths that the Dockerfile names, and nothing outside changes. All of it is in the memory
of a mount namespace, which ends with the tests.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.harness.dockerfile import Context, Stage, Step, read_stages

_STEP_SECONDS = 300
_FOR_REGISTRIES = ("PIP_", "UV_", "SSL_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "NODE_", "npm_")
"""What says how this machine reaches package registries."""
_CACHES = (".cache/uv", ".cache/pip", ".npm")
_SYSTEM = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

IS_POSSIBLE = sys.platform == "linux" and os.geteuid() == 0 and bool(shutil.which("setpriv"))
"""Whether this machine allows it."""


@dataclass(kw_only=True)
class Layer:
    """The result of a stage, or a base image: where its files are, and how it is configured.

    `uppers` are the directories with what was changed above this machine's files, the newest first.
    """

    root: Path
    uppers: list[Path]
    environment: dict[str, str]
    directory: str = "/"
    configuration: dict[str, Step] = field(default_factory=dict)


@dataclass(kw_only=True)
class Workshop:
    """Where the stages of a Dockerfile are carried out.

    `bases` has the directory of executables of each base image, by the image's name without a tag.
    `made` has what stages would make that are not carried out, by name: the directory inside, and
    the one of this machine that is copied instead.
    """

    context: Context
    stages: Mapping[str, Stage]
    bases: Mapping[str, Path]
    made: Mapping[str, tuple[str, Path]]
    space: Path
    namespace: int
    layers: dict[str, Layer] = field(default_factory=dict)

    def layer(self, name: str) -> Layer:
        """Carry out a stage, and those that it needs; at most once. Or make a base image."""
        if name not in self.layers:
            stage = self.stages.get(name)
            made = self._base_image(name) if stage is None else self._carried_out(stage)
            self.layers[name] = made
        return self.layers[name]

    def command(self, layer: Layer, command: Sequence[str], *, user: str = "0:0") -> list[str]:
        """A command that runs another one in a layer, with no rights but the user's.

        It replaces itself, so a signal reaches the command within.
        """
        user_id, group_id = user.split(":")
        limits = ["--clear-groups", f"--reuid={user_id}", f"--regid={group_id}"]
        if user_id != "0":
            limits += ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
        variables = [f"{name}={value}" for name, value in layer.environment.items()]
        inside = ["chroot", str(layer.root), "env", f"--chdir={layer.directory}", "-i", *variables]
        return [*self._enter(), *inside, "setpriv", *limits, *command]

    def freeze(self, layer: Layer) -> None:
        """Make a layer read-only."""
        self._mount("-o", "remount,ro", str(layer.root))

    def _enter(self) -> list[str]:
        return ["nsenter", f"--mount=/proc/{self.namespace}/ns/mnt"]

    def _mount(self, *arguments: str) -> None:
        subprocess.run([*self._enter(), "mount", *arguments], check=True)

    def _carried_out(self, stage: Stage) -> Layer:
        layer = self._begun(stage.name, self.layer(stage.parent))
        if stage.name in self.made:
            inside, outside = self.made[stage.name]
            self._copy_tree(outside, layer.root / inside.lstrip("/"))
            return layer
        for step in stage.steps:
            match step.instruction:
                case "RUN":
                    self._run(layer, step.value)
                case "COPY":
                    self._copy(layer, step.words)
                case "ENV":
                    layer.environment |= step.pairs(layer.environment)
                case "WORKDIR":
                    layer.directory = step.value
                    self._in_space("mkdir", "-p", str(layer.root / step.value.lstrip("/")))
                case other:
                    layer.configuration[other] = step
        return layer

    def _base_image(self, name: str) -> Layer:
        executables = self.bases[name.partition(":")[0]]
        environment = {"PATH": f"{executables}:{_SYSTEM}"}
        machine = Layer(root=Path("/"), uppers=[], environment=environment)
        image = self._begun(name.replace(":", "-"), machine)
        # In an image the executables are everybody's; here they may be in a home directory.
        for directory in executables.parents:
            self._in_space("chmod", "o+x", f"{image.root}{directory}")
        return image

    def _begun(self, name: str, parent: Layer) -> Layer:
        """A layer above another one, without changes."""
        upper, work, root = (self.space / f"{name}.{part}" for part in ("upper", "work", "root"))
        self._in_space("mkdir", *map(str, (upper, work, root)))
        lower = ":".join(map(str, [*parent.uppers, "/"]))
        options = f"lowerdir={lower},upperdir={upper},workdir={work}"
        self._mount("-t", "overlay", "overlay", "-o", options, str(root))
        for system in ("dev", "proc"):
            self._mount("--bind", f"/{system}", str(root / system))
        return Layer(
            root=root,
            uppers=[upper, *parent.uppers],
            environment={**parent.environment},
            directory=parent.directory,
            configuration={**parent.configuration},
        )

    def _run(self, layer: Layer, command: str) -> None:
        home = Path.home()
        for cache in (home / each for each in _CACHES):
            cache.mkdir(parents=True, exist_ok=True)
            self._mount("--bind", str(cache), f"{layer.root}{cache}")
        reached = {n: v for n, v in os.environ.items() if n.startswith(_FOR_REGISTRIES)}
        environment = {"HOME": str(home), **reached, **layer.environment}
        as_root = replace(layer, environment=environment)
        done = subprocess.run(
            self.command(as_root, ["sh", "-e", "-c", command]),
            capture_output=True,
            text=True,
            timeout=_STEP_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"RUN {command}\n{done.stdout}\n{done.stderr}"

    def _copy(self, layer: Layer, words: list[str]) -> None:
        *sources, target = words
        destination = layer.root / os.path.normpath(Path(layer.directory, target)).lstrip("/")
        if sources[0].startswith("--from="):
            stage, source = sources[0].removeprefix("--from="), sources[1]
            self._copy_tree(self.layer(stage).root / source.lstrip("/"), destination)
            return
        self._in_space("mkdir", "-p", str(destination))
        for source in sources:
            # A file goes into the directory, and of a directory what is in it.
            path = self.context.root / source
            start = path if path.is_dir() else path.parent
            files = [
                str((self.context.root / file).relative_to(start))
                for file in self.context.files(source)
            ]
            copy = ["cp", "--parents", "--preserve=mode", *files, str(destination)]
            self._in_space("env", f"--chdir={start}", *copy)

    def _copy_tree(self, source: Path, destination: Path) -> None:
        self._in_space("mkdir", "-p", str(destination))
        self._in_space("cp", "-a", f"{source}/.", str(destination))

    def _in_space(self, *command: str) -> None:
        subprocess.run([*self._enter(), *command], check=True)


@contextmanager
def open_workshop(
    root: Path,
    *,
    space: Path,
    bases: Mapping[str, Path],
    made: Mapping[str, tuple[str, Path]] | None = None,
) -> Iterator[Workshop]:
    """A workshop for the Dockerfile in a directory. `space` is a new directory for it."""
    space.mkdir()
    # `cat` ends with its standard input, at the latest when this process does.
    hold = f"mount -t tmpfs space '{space}' && echo && exec cat"
    holder = subprocess.Popen(
        ["unshare", "--mount", "--propagation=private", "sh", "-c", hold],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline(), "no mount namespace could be made"
        yield Workshop(
            context=Context(root=root),
            stages=read_stages(root / "Dockerfile"),
            bases=bases,
            made=made or {},
            space=space,
            namespace=holder.pid,
        )
    finally:
        holder.stdin.close()
        holder.stdout.close()
        holder.wait()
