# An image with only the program, without the Swift toolchain. compose.yaml builds it; docs/deployment.md describes it.

FROM swift:6.3.1-bookworm AS builder
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        libcurl4-openssl-dev liblz4-dev libmicrohttpd-dev libpq-dev libssl-dev libwslay-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN swift build --configuration release --static-swift-stdlib --product tradeledger \
    && install -D --strip .build/release/tradeledger /out/tradeledger

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        ca-certificates libcurl4 liblz4-1 libmicrohttpd12 libpq5 libssl3 libstdc++6 libwslay1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin tradeledger \
    && install --directory --mode=700 --owner=tradeledger --group=tradeledger /var/lib/tradeledger
COPY --from=builder /out/tradeledger /usr/local/bin/
COPY --chmod=755 deploy/replicator-health /usr/local/bin/
# Keeps registers and memory out of the container's log after a crash.
ENV TRADELEDGER_DIR=/var/lib/tradeledger SWIFT_BACKTRACE=enable=no
VOLUME /var/lib/tradeledger
USER tradeledger
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 CMD ["replicator-health"]
ENTRYPOINT ["tradeledger"]
CMD ["replicate"]
