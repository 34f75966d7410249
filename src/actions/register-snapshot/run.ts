import path from 'node:path';
import { UserError } from '../../errors.ts';
import { findModel, modelFiles, type Model, type ModelFile } from '../../project/models.ts';
import { readPolicy, type Policy } from '../../project/policy.ts';
import type { ActionOutcome } from '../../registry/act.ts';
import type { GivenEvidence } from '../../registry/binding.ts';
import { EVIDENCE_KINDS } from '../../registry/evidence.ts';
import { readEvidence } from '../../registry/read-evidence.ts';
import { actorAt, actorRefusals, branchRefusals } from '../../registry/govern.ts';
import { hashAll, hashChanged } from '../../registry/hashing.ts';
import { snapshotOf, type Snapshot } from '../../registry/manifest.ts';
import { registerVersion, type Registration } from '../../registry/register.ts';
import { openRegistry, type Registry, type RegistryStep } from '../../registry/registry.ts';
import { signerOf } from '../../registry/signature/policy.ts';
import { checkTag } from '../../registry/published.ts';
import { checkTree, pipelineFiles } from '../../registry/source.ts';
import { parseTag, type Tag } from '../../registry/tag.ts';
import type { InputValues } from '../../runner/inputs.ts';
import type { Event, Ports } from '../../runner/ports.ts';
import { storeOf } from '../store.ts';
import { actOn } from './act-on.ts';
import type { inputs as specs } from './inputs.ts';
import { publishVersion, type Publication } from './publish.ts';

type Inputs = InputValues<typeof specs>;

export type RegisterResult =
  | {
      readonly kind: 'version';
      readonly resource: string;
      readonly outcome: Registration;
      readonly published: readonly Publication[];
    }
  /** An environment, a deprecation or a retirement. */
  | { readonly kind: 'event'; readonly resource: string; readonly outcome: ActionOutcome };

/** `observe` is told before each step; a test ends the process there. */
export async function run(
  inputs: Inputs,
  ports: Ports,
  observe?: (step: RegistryStep) => void,
): Promise<RegisterResult> {
  const policy = await readPolicy(ports.workspace);
  const tag = tagOf(inputs.version, ports.event);
  const model = findModel(policy, tag.model);
  const registry = await openRegistry({
    workspace: ports.workspace,
    policy: policy.registry,
    ...storeOf(inputs),
    actor: ports.event.actor,
    ...(observe && { observe }),
  });
  if (tag.action === 'register') {
    const files = await modelFiles(ports.workspace, model);
    const outcome = await register(inputs, ports, { policy, tag, model, registry, files });
    const published =
      outcome.status === 'registered' || outcome.status === 'already-registered'
        ? await publishVersion({ registry, record: outcome.record, files, wanted: inputs, ports })
        : [];
    return { kind: 'version', resource: `${model.name}@${tag.version}`, outcome, published };
  }
  const outcome = await actOn(registry, { policy: policy.registry, model: model.name, tag }, ports);
  return { kind: 'event', resource: tag.text.replace(/#\d+$/, ''), outcome };
}

interface Subject {
  readonly policy: Policy;
  readonly tag: Extract<Tag, { readonly action: 'register' }>;
  readonly model: Model;
  readonly registry: Registry;
  readonly files: readonly ModelFile[];
}

async function register(
  inputs: Inputs,
  ports: Ports,
  { policy, tag, model, registry, files }: Subject,
): Promise<Registration> {
  const { log, workspace, event, identityToken } = ports;
  const { git, remote } = registry.ledger;
  const commit = await checkTag(git, remote, tag.text);
  registry.observe('hash');
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const hashing = policy.registry.hashing === 'all' ? hashAll : await hashChanged(workspace);
  const onHashed = (done: number) => {
    log.progress(`hash ${model.name}`, done, total);
  };
  const snapshot = await snapshotOf(files, onHashed, hashing);
  await checkTree(git, commit, model, sourceFiles(workspace, files, snapshot), hashing);
  await hashing.save();
  const pipeline = await pipelineFiles(git, commit);
  return registerVersion(registry, {
    model: model.name,
    version: tag.version,
    tag: tag.text,
    commit,
    repository: event.repository,
    actor: event.actor,
    run: event.url,
    files,
    snapshot,
    evidence: await givenEvidence(workspace, inputs),
    required: policy.registry.evidence,
    pipeline: pipeline.map(({ path: name, digest, size }) => ({ name, digest, size })),
    signer: await signerOf(policy.registry, {
      workspace,
      key: inputs['signing-key'],
      certificate: inputs['signing-certificate'],
      identityToken,
    }),
    reasons: [
      ...(await actorRefusals(
        policy.registry,
        'register',
        actorAt(registry.ledger, commit, ports),
      )),
      ...(await branchRefusals(git, remote, policy.registry.branches, commit)),
    ],
  });
}

/** The tag that was named, or pushed. */
function tagOf(given: string | undefined, event: Event): Tag {
  const pushed = event.ref.startsWith('refs/tags/') ? event.ref.slice('refs/tags/'.length) : '';
  const text = given?.replace(/^refs\/tags\//, '') ?? pushed;
  if (text === '') {
    throw new UserError('there is no tag to register', {
      hint: 'Run this on the push of a tag such as digits@v1.2.0, or name the tag in the input version.',
    });
  }
  const tag = parseTag(text);
  if (tag) return tag;
  throw new UserError(`the tag '${text}' says nothing about a model`, {
    hint: 'Tags that do: name@v1.2.0 for a version (v1.2.0 where there is one model), name#production#1 for an environment.',
  });
}

async function givenEvidence(workspace: string, inputs: Inputs): Promise<readonly GivenEvidence[]> {
  const named = inputs.evidence.length > 0;
  const paths = named
    ? inputs.evidence
    : EVIDENCE_KINDS.map((kind) => path.posix.join(inputs['report-dir'], `${kind}.json`));
  const given: GivenEvidence[] = [];
  for (const file of paths) {
    const read = await readEvidence(workspace, file);
    if (read) given.push({ file, ...read });
    else if (named) {
      throw new UserError(`there is no evidence at ${file}`, {
        hint: 'Name the file that lint-model, train or evaluate gives as its output evidence.',
        place: { file },
      });
    }
  }
  return given;
}

function sourceFiles(workspace: string, files: readonly ModelFile[], snapshot: Snapshot) {
  const hashed = new Map(snapshot.files.map((file) => [file.name, file]));
  return files.flatMap(({ name, absolute }) => {
    const file = hashed.get(name);
    const relative = path.relative(workspace, absolute).split(path.sep).join('/');
    return file ? [{ path: relative, digest: file.digest, size: file.size }] : [];
  });
}
