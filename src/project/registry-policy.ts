import { z } from 'zod';
import type { Permission } from '../runner/ports.ts';

/** What GitHub lets people do with a repository; each includes the ones before it. */
export const PERMISSIONS = [
  'read',
  'triage',
  'write',
  'maintain',
  'admin',
] as const satisfies readonly Permission[];

const team = z
  .string()
  .regex(/^[A-Za-z0-9-]+\/[A-Za-z0-9._-]+$/, 'write a team as organization/team, such as acme/ml');

const members = z
  .strictObject({
    users: z.array(z.string()).default([]).describe('Logins.'),
    teams: z
      .array(team)
      .default([])
      .describe('Teams, as organization/team; GitHub is asked who is in them.'),
    permission: z
      .enum(PERMISSIONS)
      .optional()
      .describe('Everybody who may do this much with the repository; GitHub is asked.'),
    branches: z
      .array(z.string())
      .default([])
      .describe('The role counts on commits of these branches alone; everywhere by default.'),
  })
  .refine(
    ({ users, teams, permission }) =>
      users.length > 0 || teams.length > 0 || permission !== undefined,
    'a role needs users, teams or a permission',
  );

export type Role = z.infer<typeof members>;

/** A list is short for the users of a role that asks for nothing else. */
const users = z.array(z.string()).transform((logins): Role => ({
  users: logins,
  teams: [],
  branches: [],
}));
const role = z.union([users, members]);

const allowed = z.array(z.string()).optional();

const approval = z.strictObject({
  environment: z
    .string()
    .optional()
    .describe(
      "GitHub's environment, whose required reviewers approve; of the same name by default.",
    ),
  by: allowed.describe("Whose approval counts, by role or login; every reviewer's by default."),
  'self-approval': z
    .boolean()
    .default(false)
    .describe('Whether whoever acts may be the one who approves it.'),
});

const environment = z
  .strictObject({
    after: z
      .array(z.string())
      .default([])
      .describe('Environments that a version must be in before it comes here.'),
    evidence: z
      .array(z.enum(['lint', 'training', 'evaluation']))
      .default([])
      .describe('Kinds of evidence that a version must have been registered with.'),
    allow: allowed.describe('Who may assign to and unassign from it, by role or login.'),
    'signed-tag': z
      .boolean()
      .default(false)
      .describe('Whether only tags that one of the allowed-signers signed count here.'),
    approval: approval
      .optional()
      .describe("Whether a reviewer of GitHub's environment must have approved the run."),
  })
  .prefault({});

const sigstore = z.strictObject({
  identity: z
    .string()
    .describe(
      "Who must have signed: a glob over the certificate's subject, such as https://github.com/acme/digits/.github/workflows/register.yml@refs/tags/*",
    ),
  issuer: z
    .url()
    .default('https://token.actions.githubusercontent.com')
    .describe('Who vouched for that identity.'),
  'trusted-root': z
    .string()
    .describe('The file that `gh attestation trusted-root` writes: whose certificates count.'),
  instance: z
    .enum(['public-good', 'github'])
    .default('public-good')
    .describe("Who certifies: Sigstore's public service, or GitHub's for private repositories."),
  fulcio: z.url().optional().describe('The certificate authority of your own Sigstore.'),
  rekor: z.url().optional().describe('Its transparency log.'),
  timestamp: z.url().optional().describe('Its timestamp authority.'),
});

/** Ways to say whose signature counts; a policy chooses one. */
const SIGNATURES = ['public-key', 'certificate-authority', 'sigstore'] as const;

export const registryPolicy = z
  .strictObject({
    store: z
      .string()
      .optional()
      .describe(
        'Where blobs are kept: a folder, absolute or relative to the repository, or oci://host/repository.',
      ),
    hashing: z
      .enum(['all', 'changed'])
      .default('all')
      .describe(
        'What register hashes: every file, or those that were touched since. See docs/registry.md.',
      ),
    branch: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]*$/, 'is not the name of a branch')
      .default('model-registry')
      .describe('The branch of the ledger.'),
    // A name and nothing else: a policy under review must not hand Git a URL or an option.
    remote: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'is not the name of a Git remote')
      .default('origin')
      .describe('The Git remote that holds the ledger.'),
    evidence: z
      .array(z.enum(['lint', 'training', 'evaluation']))
      .default([])
      .describe('Kinds of evidence without which nothing is registered.'),
    'public-key': z
      .string()
      .optional()
      .describe('PEM file of the EC key that every version must be signed with.'),
    'certificate-authority': z
      .string()
      .optional()
      .describe(
        'PEM file of root certificates: every version must be signed by a certificate of theirs.',
      ),
    sigstore: sigstore
      .optional()
      .describe(
        'Every version must be signed by Sigstore for this identity; register then signs so.',
      ),
    branches: z
      .array(z.string())
      .default([])
      .describe('Tags count only on commits of these branches; on every commit by default.'),
    'allowed-signers': z
      .string()
      .optional()
      .describe(
        'File of SSH keys whose signatures on tags count, in the format of ssh-keygen(1): a name, then the key.',
      ),
    roles: z
      .record(z.string(), role)
      .prefault({})
      .describe(
        'Role -> logins, or users, teams, permission and branches; for allow and approval.',
      ),
    allow: z
      .strictObject({
        register: allowed,
        assign: allowed,
        unassign: allowed,
        deprecate: allowed,
        retire: allowed,
        prune: allowed,
      })
      .prefault({})
      .describe('Who may do what, by role or login; everybody who can push the tag by default.'),
    environments: z
      .record(z.string(), environment)
      .optional()
      .describe('The environments that a version can be assigned to; any name by default.'),
  })
  .refine(
    (given) => SIGNATURES.filter((key) => given[key] !== undefined).length <= 1,
    `choose one of ${SIGNATURES.join(', ')}`,
  )
  .refine(
    (given) =>
      given['allowed-signers'] !== undefined ||
      Object.values(given.environments ?? {}).every((rule) => !rule['signed-tag']),
    'signed-tag needs allowed-signers: whose signatures count',
  );

export type RegistryPolicy = z.infer<typeof registryPolicy>;
