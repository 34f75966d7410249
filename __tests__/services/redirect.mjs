// Preloaded into the steps of a job: calls of the services whose addresses their clients fix go to
// the stand-ins named by REDIRECT, a JSON object of host -> origin.
import http from 'node:http';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';

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
  // The agent is one for TLS.
  const plain = { agent: undefined, protocol: undefined, servername: undefined };
  const place = { hostname: to.hostname, host: to.hostname, port: to.port, path };
  const redirected = { ...options, ...plain, ...place };
  const callback = call.find((argument) => typeof argument === 'function');
  return http.request(redirected, callback);
};

// Whoever imported the functions by name has them too.
syncBuiltinESMExports();

const fetching = globalThis.fetch;
globalThis.fetch = (input, options) => {
  const url = new URL(typeof input === 'object' && 'url' in input ? input.url : input);
  const origin = origins[url.hostname];
  return fetching(origin ? new URL(`${url.pathname}${url.search}`, origin) : input, options);
};
