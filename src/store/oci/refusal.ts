import { z } from 'zod';
import { EnvironmentError, messageOf, UserError } from '../../errors.ts';
import type { Response } from './http.ts';
import type { OciPlace } from './place.ts';

/** Distribution specification 1.1, "Error Codes". */
const errorSchema = z.object({
  errors: z.array(z.object({ code: z.string(), message: z.string().optional() })).min(1),
});

export interface Refused {
  readonly place: OciPlace;
  readonly method: string;
  readonly response: Response;
  /** The beginning of its body. */
  readonly text: Buffer;
  /** The name that it knows us by. */
  readonly who: string;
}

/** The registry answered, and it was not what the specification lets us expect. */
export class RegistryRefusal extends EnvironmentError {
  readonly status: number;
  /** Such as DIGEST_INVALID. */
  readonly code: string | undefined;
  /** How long the registry asks to be left alone. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, { status, header }: Response, code: string | undefined) {
    const hint =
      status === 429
        ? 'It asks for fewer requests: try again later.'
        : 'Look at the registry, and at the proxy before it.';
    super(message, { hint });
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfter(header('retry-after'));
  }

  /** Whether the same question may have another answer soon. */
  get isPassing(): boolean {
    return [408, 429, 500, 502, 503, 504].includes(this.status);
  }
}

/** RFC 9110, 10.2.3: seconds or a date. */
function retryAfter(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const milliseconds = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(milliseconds) ? undefined : Math.max(milliseconds, 0);
}

/** An answer as an error that says what to do: credentials are the user's, the rest is the machine's. */
export function refusal({ place, method, response, text, who }: Refused): UserError {
  const { status } = response;
  const { code, message } = readError(text);
  const said = message ?? code ?? `HTTP status ${status}`;
  const where = `${place.host}/${place.repository}`;
  if (status === 401 || status === 403) {
    const need =
      method === 'GET' || method === 'HEAD' ? 'read' : method === 'DELETE' ? 'delete' : 'write';
    return new UserError(`the registry does not let ${who} ${need} ${where}: ${said}`, {
      hint: `${login(place.host, need)} The account needs the right to ${need} this repository.`,
    });
  }
  return new RegistryRefusal(`the registry ${where} answers ${status}: ${said}`, response, code);
}

function login(host: string, need: string): string {
  return host === 'ghcr.io'
    ? `Grant the job 'packages: ${need === 'read' ? 'read' : 'write'}'.`
    : `Log in with docker login ${host}; in a workflow, with store-username and store-password.`;
}

function readError(text: Buffer): {
  readonly code?: string;
  readonly message?: string | undefined;
} {
  try {
    const { errors } = errorSchema.parse(JSON.parse(text.toString('utf8')));
    const [{ code, message } = { code: '' }] = errors;
    return { code, message: message ? message.slice(0, 300) : code };
  } catch {
    return {};
  }
}

export function unreachable(host: string, cause: unknown): EnvironmentError {
  return new EnvironmentError(`the registry ${host} cannot be reached: ${messageOf(cause)}`, {
    hint: 'Check its name, the network and its certificate, then try again.',
    cause,
  });
}
