import { messageOf, UserError } from '../../errors.ts';
import type { Ports } from '../../runner/ports.ts';
import type { VerifyResult } from './result.ts';

/** A refusal is told at once or not at all: nobody waits for a receiver that does not answer. */
const WEBHOOK_MS = 10_000;

export interface AlertTargets {
  readonly issue: boolean;
  readonly webhook: string | undefined;
}

/**
 * Tells somebody that a version is not what was registered. An alert that cannot be given is a
 * warning: what stops the deployment is the refusal itself.
 */
export async function alert(
  result: VerifyResult,
  summary: string,
  { issue, webhook }: AlertTargets,
  { issues, event, log }: Ports,
): Promise<void> {
  const { model, version, digest } = result.record;
  const title = `${model}@${version} is not what was registered`;
  if (issue) {
    await attempt(log, async () => {
      if (!issues) {
        const hint = 'Leave alert-issue out: the refusal is told here.';
        throw new UserError('there are no issues outside of GitHub', { hint });
      }
      const run = event.url === undefined ? '' : `\n\nFound by ${event.url}\n`;
      const { url } = await issues.report(`model-ci:${digest}`, title, `${summary}${run}`);
      log.notice(`${title}: see ${url}`);
    });
  }
  if (webhook !== undefined) {
    const { repository, url: run } = event;
    const { differences } = result;
    // `text` is what chat systems show; the rest is for programs.
    const body = { text: title, repository, model, version, digest, differences, run };
    await attempt(log, () => post(webhook, body));
  }
}

async function attempt(log: Ports['log'], tell: () => Promise<void>): Promise<void> {
  try {
    await tell();
  } catch (thrown) {
    const hint = thrown instanceof UserError ? `. ${thrown.hint}` : '';
    log.warning(`the alert was not given: ${messageOf(thrown)}${hint}`);
  }
}

async function post(webhook: string, body: unknown): Promise<void> {
  const response = await fetch(webhook, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    // The address is a secret; it is not handed to whoever a redirect names.
    redirect: 'error',
    signal: AbortSignal.timeout(WEBHOOK_MS),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`the webhook answered ${response.status}`);
}
