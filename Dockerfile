# The four services in one image; the command says which: docker run … gateway
# Installed from the lock, with its hashes.
FROM python:3.13-slim-bookworm AS build
WORKDIR /src
RUN python3 -m venv /opt/outcry
COPY requirements-uv.lock requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements-uv.lock \
 && /opt/outcry/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN uv build --wheel --out-dir dist && /opt/outcry/bin/pip install --no-deps dist/*.whl

FROM python:3.13-slim-bookworm
RUN useradd --create-home outcry && install -d -o outcry -g outcry /data /archive
COPY --from=build /opt/outcry /opt/outcry
ENV PATH=/opt/outcry/bin:$PATH OUTCRY_HOST=0.0.0.0
USER outcry
WORKDIR /home/outcry
ENTRYPOINT ["outcry"]
CMD ["--help"]
