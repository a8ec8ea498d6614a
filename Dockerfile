# The service: docker build --tag assembly-service .
# With a local AWS beside it, for compose.yaml: docker build --target local .
#
# Node is of the release that the tests run on, Python is the newest one in the classifiers of pyproject.toml;
# their patches come with each build.

FROM node:24-trixie-slim AS pages
WORKDIR /source/frontend
COPY frontend/package.json frontend/package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY clients/typescript/src ../clients/typescript/src
COPY docs ../docs
COPY samples ../samples
COPY frontend ./
RUN npm run build -- --outDir /pages --emptyOutDir


FROM python:3.13-slim-trixie AS build
ENV UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
WORKDIR /source
COPY requirements.lock requirements-runtime.lock ./
# Of the lock of everything only uv, which then installs what is locked for this image.
RUN awk '/^[a-z]/ { uv = /^uv==/ } uv' requirements.lock > uv.lock \
    && pip install --no-cache-dir --require-hashes --requirement uv.lock \
    && uv venv --python python3 /opt/assembly-service \
    && uv pip install --python /opt/assembly-service --compile-bytecode \
        --require-hashes --requirement requirements-runtime.lock
COPY pyproject.toml ./
COPY infra infra
COPY samples samples
COPY assembly_service assembly_service
COPY --from=pages /pages assembly_service/pages
RUN uv build --wheel --require-hashes --build-constraints requirements.lock \
    && uv pip install --python /opt/assembly-service --compile-bytecode --no-deps dist/*.whl


FROM build AS build-local
COPY requirements-local.lock ./
RUN uv pip install --python /opt/assembly-service --compile-bytecode \
    --require-hashes --requirement requirements-local.lock


FROM python:3.13-slim-trixie AS base
LABEL org.opencontainers.image.title="assembly-service" \
      org.opencontainers.image.description="Joins the caption and the thumbnails of a video into one product and shows it live" \
      org.opencontainers.image.version="1.0.0"
ENV PATH=/opt/assembly-service/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0 \
    PORT=3002 \
    PAGES=true
# A number, so that Kubernetes can see that it is not root.
USER 10001:10001
EXPOSE 3002
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/health/live', timeout=2)"]
ENTRYPOINT ["assembly-service"]
CMD ["serve"]


FROM base AS local
COPY --from=build-local /opt/assembly-service /opt/assembly-service


FROM base AS service
COPY --from=build /opt/assembly-service /opt/assembly-service
