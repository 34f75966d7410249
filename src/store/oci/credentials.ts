import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { codeOf, UserError } from '../../errors.ts';

/** A name and its password or token; or an OAuth refresh token, as `docker login` may keep one. */
export type Credentials =
  { readonly username: string; readonly password: string } | { readonly identityToken: string };

/** What a registry is logged in with; undefined where nobody is. */
export type FindCredentials = (host: string) => Promise<Credentials | undefined>;

const configSchema = z.object({
  auths: z
    .record(
      z.string(),
      z.object({
        auth: z.string().optional(),
        username: z.string().optional(),
        password: z.string().optional(),
        identitytoken: z.string().optional(),
      }),
    )
    .default({}),
  credHelpers: z.record(z.string(), z.string()).default({}),
  credsStore: z.string().optional(),
});
type Config = z.infer<typeof configSchema>;

/** Docker Hub is kept under the address of an API that is long gone. */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  'docker.io': ['https://index.docker.io/v1/', 'index.docker.io', 'registry-1.docker.io'],
};

/**
 * What `docker login`, `oras login` or docker/login-action left: config.json in $DOCKER_CONFIG or
 * ~/.docker, and the credential helpers that it names.
 */
const dockerCredentials: FindCredentials = async (host) => {
  const folder = process.env.DOCKER_CONFIG ?? path.join(homedir(), '.docker');
  const config = await readConfig(path.join(folder, 'config.json'));
  if (!config) return undefined;
  const names = [host, `https://${host}`, `https://${host}/`, ...(OTHER_NAMES[host] ?? [])];
  for (const name of names) {
    const helper = config.credHelpers[name];
    const found = helper === undefined ? entryOf(config, name) : await askHelper(helper, name);
    if (found) return found;
  }
  for (const name of config.credsStore === undefined ? [] : names) {
    const found = await askHelper(config.credsStore ?? '', name);
    if (found) return found;
  }
  return undefined;
};

/** What Docker is logged in with; for GitHub's registry, and no other, the workflow's own token. */
export const findCredentials: FindCredentials = async (host) => {
  const found = await dockerCredentials(host);
  const { GITHUB_TOKEN: password, GITHUB_ACTOR: username = 'github' } = process.env;
  return found ?? (password && host === 'ghcr.io' ? { username, password } : undefined);
};

async function readConfig(file: string): Promise<Config | undefined> {
  try {
    return configSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined;
    throw new UserError(`${file} cannot be read`, {
      hint: 'Log in again (docker login, oras login), which writes it anew.',
      cause,
    });
  }
}

function entryOf(config: Config, name: string): Credentials | undefined {
  const entry = config.auths[name];
  if (!entry) return undefined;
  if (entry.identitytoken) return { identityToken: entry.identitytoken };
  const text = Buffer.from(entry.auth ?? '', 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon > 0) return { username: text.slice(0, colon), password: text.slice(colon + 1) };
  const { username, password } = entry;
  return username && password !== undefined ? { username, password } : undefined;
}

const answerSchema = z.object({ Username: z.string(), Secret: z.string() });

/** Docker's protocol of credential helpers: the server on stdin, JSON on stdout. */
function askHelper(name: string, server: string): Promise<Credentials | undefined> {
  // The name becomes the name of a program.
  if (!/^[A-Za-z0-9._-]+$/.test(name)) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const child = execFile(`docker-credential-${name}`, ['get'], (failed, stdout) => {
      resolve(failed ? undefined : readAnswer(stdout));
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(server);
  });
}

function readAnswer(text: string): Credentials | undefined {
  try {
    const { Username: username, Secret: secret } = answerSchema.parse(JSON.parse(text));
    return username === '<token>' ? { identityToken: secret } : { username, password: secret };
  } catch {
    return undefined;
  }
}
