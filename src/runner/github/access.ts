import { EnvironmentError, messageOf } from '../../errors.ts';
import { loadClient } from './client.ts';

/** What a call of GitHub's API needs. */
export interface Access {
  readonly token: string;
  /** `owner/name`. */
  readonly repository: string;
}

/** A client, and the repository as its calls want it. */
export async function restOf({ token, repository }: Access) {
  const { getOctokit } = await loadClient('rest');
  const [owner = '', repo = ''] = repository.split('/');
  const { rest, paginate } = getOctokit(token);
  return { rest, paginate, where: { owner, repo } };
}

/** A token that may not, which GitHub calls 403, or 404 where it may not even read. */
export function isForbidden(thrown: unknown): boolean {
  return statusOf(thrown) === 403 || statusOf(thrown) === 404;
}

export function statusOf(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !('status' in thrown)) return undefined;
  return typeof thrown.status === 'number' ? thrown.status : undefined;
}

/** Says which permission a job lacks, or what else GitHub said. */
export function refusal(what: string, permission: string, thrown: unknown): EnvironmentError {
  if (thrown instanceof EnvironmentError) return thrown;
  const hint = isForbidden(thrown)
    ? `Give the job the permission ${permission}.`
    : 'Run the job again: what was begun is finished then.';
  return new EnvironmentError(`${what}: ${messageOf(thrown)}`, { hint, cause: thrown });
}
