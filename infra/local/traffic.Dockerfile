# Built from the repository root: docker build -f infra/local/traffic.Dockerfile .
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
# npm checks the lockfile against every workspace, so it wants to see them all.
COPY package.json package-lock.json .npmrc ./
COPY .tools/package.json .tools/
COPY metrics-service/package.json metrics-service/
COPY dashboards/package.json dashboards/
COPY infra/package.json infra/
RUN npm ci --omit=dev --ignore-scripts --workspace @mcp-observability/infra

FROM ${NODE_IMAGE}
WORKDIR /app
# All that the traffic loads; most of what the workspace has installed is for AWS.
COPY --from=dependencies /app/node_modules/d3-random node_modules/d3-random
COPY --from=dependencies /app/node_modules/@mcp-observability node_modules/@mcp-observability
COPY package.json ./
COPY .tools/package.json .tools/
COPY .tools/src .tools/src
COPY metrics-service/package.json metrics-service/
COPY metrics-service/src metrics-service/src
COPY infra/package.json infra/
COPY infra/local/send-traffic.ts infra/local/traffic.ts infra/local/
COPY infra/local/traffic infra/local/traffic
USER node
ENTRYPOINT ["node"]
CMD ["infra/local/send-traffic.ts"]
