import { EnvironmentError } from '../../errors.ts';
import type { Attestations } from '../ports.ts';
import { refusal, restOf, statusOf, type Access } from './access.ts';
import { loadClient } from './client.ts';

/** SLSA build provenance by @actions/attest: what `gh attestation verify FILE` looks for. */
export function githubAttestations(access: Access): Attestations {
  return {
    async attest(subjects) {
      if (!process.env.ACTIONS_ID_TOKEN_REQUEST_URL) {
        throw new EnvironmentError('the files were not attested: this job has no identity', {
          hint: 'Give the job the permission id-token: write.',
        });
      }
      const page = `${process.env.GITHUB_SERVER_URL ?? ''}/${access.repository}/attestations`;
      try {
        const known = await Promise.all(subjects.map(({ digest }) => isAttested(access, digest)));
        if (known.every(Boolean)) return { url: page, status: 'present' };
        const { attestProvenance } = await loadClient('attest');
        const { attestationID } = await attestProvenance({
          subjects: subjects.map(({ name, digest }) => ({
            name,
            digest: { sha256: digest.replace('sha256:', '') },
          })),
          token: access.token,
        });
        return { url: `${page}/${attestationID ?? ''}`, status: 'created' };
      } catch (thrown) {
        throw refusal('the files were not attested', 'attestations: write', thrown);
      }
    },
  };
}

/** Each file is asked about: a card that did not change was attested with an earlier version. */
async function isAttested(access: Access, subject_digest: string): Promise<boolean> {
  const { rest, where } = await restOf(access);
  try {
    const { data } = await rest.repos.listAttestations({ ...where, subject_digest });
    return (data.attestations ?? []).length > 0;
  } catch (thrown) {
    if (statusOf(thrown) === 404) return false;
    throw thrown;
  }
}
