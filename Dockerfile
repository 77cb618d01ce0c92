# docker build --tag conformance .
# docker run --rm --env SIGNALWIRE_PROJECT_ID --env SIGNALWIRE_API_TOKEN --volume "$PWD:/work" \
#   --user "$(id -u)" conformance run --target https://example.signalwire.com
FROM python:3.12-slim
COPY . /source
RUN pip install --no-cache-dir /source && rm -r /source
RUN useradd --create-home --uid 10001 conformance && mkdir /work && chown conformance /work
USER 10001
WORKDIR /work
ENTRYPOINT ["conformance"]
CMD ["run"]
