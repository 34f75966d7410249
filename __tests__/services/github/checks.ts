import { ApiError, type Permission, type Route } from './api.ts';

export interface CheckRun {
  readonly id: number;
  readonly name: string;
  readonly head_sha: string;
  status: string;
  conclusion: string | undefined;
  output: Readonly<Record<string, unknown>> | undefined;
  /** Each request adds its own. */
  readonly annotations: unknown[];
}

const PERMISSIONS: readonly Permission[] = ['checks'];
const ANNOTATIONS_PER_REQUEST = 50;

/** Check runs, kept in `runs`. */
export function checkRoutes(runs: CheckRun[]): readonly Route[] {
  return [
    {
      method: 'POST',
      path: /^check-runs$/,
      permissions: PERMISSIONS,
      answer: ({ body }) => {
        const { name, head_sha } = body;
        if (typeof name !== 'string' || typeof head_sha !== 'string') {
          throw new ApiError(422, 'Invalid request. "name" and "head_sha" were not supplied.');
        }
        const empty = { status: 'queued', conclusion: undefined, output: undefined };
        const run: CheckRun = { id: runs.length + 1, name, head_sha, ...empty, annotations: [] };
        update(run, body);
        runs.push(run);
        return { status: 201, body: run };
      },
    },
    {
      method: 'PATCH',
      path: /^check-runs\/(\d+)$/,
      permissions: PERMISSIONS,
      answer: ({ parameters: [id], body }) => {
        const run = runs.find((candidate) => candidate.id === Number(id));
        if (!run) throw new ApiError(404, 'Not Found');
        update(run, body);
        return { status: 200, body: run };
      },
    },
    {
      method: 'GET',
      path: /^commits\/([^/]+)\/check-runs$/,
      permissions: PERMISSIONS,
      answer: ({ parameters: [sha] }) => {
        const found = runs.filter(({ head_sha }) => head_sha === sha);
        return { status: 200, body: { total_count: found.length, check_runs: found } };
      },
    },
  ];
}

function update(run: CheckRun, body: Readonly<Record<string, unknown>>): void {
  const output = body.output as { annotations?: unknown[] } | undefined;
  const annotations = output?.annotations ?? [];
  if (annotations.length > ANNOTATIONS_PER_REQUEST) {
    throw new ApiError(422, `Invalid request. No more than ${ANNOTATIONS_PER_REQUEST} items.`);
  }
  run.annotations.push(...annotations);
  run.output = output ?? run.output;
  run.conclusion = (body.conclusion as string | undefined) ?? run.conclusion;
  // A conclusion completes the run, whatever its status said.
  run.status = run.conclusion ? 'completed' : ((body.status as string | undefined) ?? run.status);
}
