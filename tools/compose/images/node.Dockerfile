# In place of `node`: the same Node.js, with the npm, the settings of npm and the certificates of this machine.
ARG BASE
FROM ${BASE}
COPY node /usr/local/bin/
COPY npm /usr/local/lib/node_modules/npm
COPY npmrc /usr/local/etc/
COPY ca-certificates.crt /usr/local/etc/
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
ENV NODE_EXTRA_CA_CERTS=/usr/local/etc/ca-certificates.crt
