"""Sets scenes up and checks how they ended."""

from assembly_service.aws.queues import Message
from assembly_service.domain.intake import half_of, read_body
from assembly_service.domain.product import Half, HalfKind
from tests.harness.halves import holds
from tests.harness.model_aws import ModelQueues
from tests.harness.scenes import Batch, Scene, Sent, Sweep
from tests.harness.small_events import event, half
from tests.harness.stage import Stage


async def set_up(scene: Scene, stage: Stage) -> Stage:
    """Handle what comes before, then let every actor reach its first call."""
    begun = stage.now

    async def deliver(sent: Sent) -> Message:
        body = event(sent.kind, sent.second, padding=sent.padding)
        return await stage.deliver(sent.kind, body, sent_at=begun + sent.sent)

    for sent in scene.before:
        await stage.handled(await deliver(sent))
    stage.now += scene.pause
    stage.misfortunes = set(scene.misfortunes)
    for number, actor in enumerate(scene.actors, start=1):
        match actor:
            case Sweep():
                await stage.sweeping(f"{number}")
            case Batch(again=True):
                first = stage.handlers["1"].messages
                again = [await stage.deliver_again(each) for each in first]
                await stage.handling(f"{number}", again)
            case Batch(halves, skew=skew):
                messages = [await deliver(sent) for sent in halves]
                await stage.handling(f"{number}", messages, skew=skew)
    return stage


async def check_step(stage: Stage) -> None:
    """Check that every acknowledged half is kept, quarantined or reported as an orphan.

    A newer one of its kind counts for it.
    """
    product, staged = await stage.product(), await stage.staged()
    for each in stage.acknowledged:
        if not holds(product, staged, each) and not stage.orphans:
            dead = await dead_halves(stage, each.kind)
            assert any(not each.newer_than(half) for half in dead), f"{each} is lost"


async def check(scene: Scene, stage: Stage) -> None:
    """Check the end of a scene."""
    product, staged = await stage.product(), await stage.staged()
    seconds = (0, 0) if scene.product is None else scene.product
    held = [half(kind, second) for kind, second in zip(HalfKind, seconds, strict=True) if second]
    assert ([product.caption, product.thumbnail] if product else []) == held
    waiting = scene.staged
    assert [each.half for each in staged] == (
        [half(waiting.kind, waiting.second)] if waiting else []
    )
    if product is not None:
        last = [shown for shown in stage.shown if shown.product == product]
        assert any(shown.current for shown in last), "the row was not announced as it stands"
        assert product in stage.published, "the topic was not told of the row as it stands"
    assert all(shown.age < stage.rules.commit_allowance for shown in stage.shown)
    assert stage.orphans in scene.orphans


async def check_messages(scene: Scene, stage: Stage) -> None:
    """Check that every message was settled, and only the expected ones quarantined."""
    for kind in HalfKind:
        assert await messages_in(stage, stage.resources.url(kind)) == []
        halves = await dead_halves(stage, kind)
        sent = scene.quarantined if scene.quarantined and scene.quarantined.kind is kind else None
        assert bool(halves) is (sent is not None)
        if sent:
            assert half(kind, sent.second, padding=sent.padding) in halves


async def dead_halves(stage: Stage, kind: HalfKind) -> list[Half]:
    """The halves in a dead-letter queue."""
    bodies = await messages_in(stage, f"{stage.resources.url(kind)}-dead")
    return [half_of(read_body(body).event, kind) for body in bodies]


async def messages_in(stage: Stage, url: str) -> list[str]:
    """The bodies in a queue of the model, hidden or not."""
    queues = stage.clients.sqs
    assert isinstance(queues, ModelQueues)
    return [letter.body for letter in queues.letters.values() if letter.url == url]
