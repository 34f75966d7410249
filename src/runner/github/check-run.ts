import type { Check, Checks } from '../ports.ts';
import { isForbidden, restOf, type Access } from './access.ts';

/** GitHub refuses a longer summary. Whoever writes the text fits it; this is the last guard. */
const SUMMARY_LIMIT = 65_535;

/** More would need further requests; the summary has all. */
const ANNOTATIONS = 50;

/** Check runs through the REST API, on the commit that was pushed. */
export function githubChecks(
  access: Access & { readonly commit: string; readonly url: string | undefined },
): Checks {
  return {
    async publish(check) {
      if (!access.token) return 'forbidden';
      const { rest, where } = await restOf(access);
      try {
        await rest.checks.create({
          ...where,
          name: check.name,
          head_sha: access.commit,
          status: 'completed',
          conclusion: check.conclusion,
          ...(access.url !== undefined && { details_url: access.url }),
          output: outputOf(check),
        });
        return 'created';
      } catch (thrown) {
        if (isForbidden(thrown)) return 'forbidden';
        throw thrown;
      }
    },
  };
}

function outputOf({ title, summary, annotations }: Check) {
  return {
    title,
    summary: summary.slice(0, SUMMARY_LIMIT),
    annotations: annotations.slice(0, ANNOTATIONS).map((annotation) => ({
      path: annotation.place?.file ?? '.github',
      start_line: annotation.place?.line ?? 1,
      end_line: annotation.place?.line ?? 1,
      annotation_level: LEVELS[annotation.severity],
      title: annotation.title,
      message: annotation.message,
    })),
  };
}

const LEVELS = { error: 'failure', warning: 'warning', notice: 'notice' } as const;
