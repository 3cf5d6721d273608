# The agent beside an application: docs/architecture.md says what it does, README.md how this image is run.

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY tools/package ./tools/package
COPY src ./src
RUN npm run build

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY package.json LICENSE ./
# With all that it imports inside.
COPY --from=build /app/dist ./dist
COPY deploy/healthcheck.mjs ./deploy/healthcheck.mjs
RUN mkdir -p /etc/pannier /var/lib/pannier && chown node:node /var/lib/pannier && chmod 0700 /var/lib/pannier
# The environment stands before config.ini, so that the state is in the volume whatever the file says.
ENV PANNIER_BASIC_CONF_STATE_DIR=/var/lib/pannier
VOLUME /var/lib/pannier
USER node
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 CMD ["node", "/app/deploy/healthcheck.mjs"]
# In exec form, so that the agent is process 1 and gets the signals itself.
ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["run", "--config", "/etc/pannier/config.ini"]
