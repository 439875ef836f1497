# The four services in one image; the command says which: docker run … gateway
# Installed from the lock with its hashes, by the same uv that `make` uses.
FROM python:3.13-slim-bookworm AS build
WORKDIR /src
COPY requirements-uv.lock requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements-uv.lock \
 && uv venv --python "$(command -v python3)" /opt/outcry \
 && VIRTUAL_ENV=/opt/outcry uv pip sync --no-cache --require-hashes requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN VIRTUAL_ENV=/opt/outcry uv pip install --no-cache --no-deps --no-build-isolation .

FROM python:3.13-slim-bookworm
RUN useradd --create-home outcry && install -d -o outcry -g outcry /data
COPY --from=build /opt/outcry /opt/outcry
ENV PATH=/opt/outcry/bin:$PATH OUTCRY_HOST=0.0.0.0
USER outcry
WORKDIR /home/outcry
ENTRYPOINT ["outcry"]
CMD ["--help"]
