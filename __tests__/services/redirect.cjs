// Preloaded into the steps of a job: calls of the services whose addresses their clients fix go to
// the stand-ins named by REDIRECT, a JSON object of host -> origin.
const http = require('node:http');
const https = require('node:https');

const origins = JSON.parse(process.env.REDIRECT ?? '{}');

const original = https.request;
https.request = (...call) => {
  const [first, second] = call;
  const given = typeof first === 'string' || first instanceof URL;
  const url = given ? new URL(first) : undefined;
  const options = given ? (typeof second === 'object' ? second : {}) : first;
  const host = url?.hostname ?? options.hostname ?? options.host;
  const origin = origins[host];
  if (!origin) return original(...call);
  const to = new URL(origin);
  const path = url ? `${url.pathname}${url.search}` : options.path;
  const { agent, servername, protocol, ...kept } = options;
  const redirected = { ...kept, hostname: to.hostname, host: to.hostname, port: to.port, path };
  const callback = call.find((argument) => typeof argument === 'function');
  return http.request(redirected, callback);
};

// Whoever imported the functions by name has them too.
require('node:module').syncBuiltinESMExports();

const fetching = globalThis.fetch;
globalThis.fetch = (input, options) => {
  const url = new URL(typeof input === 'object' && 'url' in input ? input.url : input);
  const origin = origins[url.hostname];
  return fetching(origin ? new URL(`${url.pathname}${url.search}`, origin) : input, options);
};
