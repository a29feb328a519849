# Built from the repository root: docker build -f infra/local/traffic.Dockerfile .
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
# A lockfile with what the traffic loads: the whole workspace would install Pulumi's packages too.
COPY infra/local/traffic-image/package.json infra/local/traffic-image/package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts \
  && mkdir node_modules/@mcp-observability \
  && ln -s ../../.tools node_modules/@mcp-observability/tools \
  && ln -s ../../metrics-service node_modules/@mcp-observability/metrics-service

FROM ${NODE_IMAGE}
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json ./
COPY .tools/package.json .tools/
COPY .tools/src .tools/src
COPY metrics-service/package.json metrics-service/
COPY metrics-service/src metrics-service/src
COPY infra/package.json infra/infra-error.ts infra/
COPY infra/local/send-traffic.ts infra/local/traffic.ts infra/local/
COPY infra/local/traffic infra/local/traffic
USER node
ENTRYPOINT ["node"]
CMD ["infra/local/send-traffic.ts"]
