import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { run as registerRun } from '../../src/actions/register-snapshot/run.ts';
import { registerSnapshot } from '../../src/actions/register-snapshot/use-case.ts';
import type { RegistryStep } from '../../src/registry/registry.ts';
import { readInputs } from '../../src/runner/inputs.ts';
import { startOciRegistry, type OciRegistry } from '../services/oci/registry.ts';
import { Clone, POLICY } from './clone.ts';
import { fsck, register, verify } from './commands.ts';

let clone: Clone;
let registry: OciRegistry;
beforeEach(async () => {
  registry = await startOciRegistry();
  clone = await Clone.create(POLICY.replace('../store', `oci://${registry.host}/lab/models`));
  clone.tag('digits@v1.0.0');
});
afterEach(async () => {
  await registry.close();
  await clone.remove();
});

/** A registration that ends before `step`, as if it had been killed there. */
async function registerUntil(version: string, step: RegistryStep): Promise<void> {
  const inputs = readInputs(registerSnapshot.inputs, new Map([['version', version]]));
  const killed = registerRun(inputs, clone.ports(), (reached) => {
    if (reached === step) throw new Error('killed');
  });
  await expect(killed).rejects.toThrow('killed');
}

const kinds = async (options = {}) =>
  (await fsck(clone, options)).result.problems.map(({ kind, severity }) => [kind, severity]);
const offered = () => registry.repository('lab/models/digits').tags;

describe('a registry with its bytes at an OCI registry', () => {
  test('registers, offers, verifies and checks', async () => {
    expect((await register(clone, 'digits@v1.0.0')).report.outputs.status).toBe('registered');
    expect([...offered().keys()].filter((tag) => !tag.startsWith('sha256-'))).toEqual(['v1.0.0']);
    const { report } = await verify(clone, 'digits', { output: '../deployed' });
    expect(report.passed).toBe(true);
    expect(await kinds()).toEqual([]);
    expect((await fsck(clone)).report.text).toContain('garbage collection');
  });

  test.each(['store', 'manifest', 'pin', 'commit', 'push', 'offer'] as const)(
    'has no ghost of a registration that ended before %s, and the retry succeeds',
    async (step) => {
      await registerUntil('digits@v1.0.0', step);
      expect([...offered().keys()]).toEqual([]);
      const { report, result } = await fsck(clone);
      expect(report.passed).toBe(true);
      expect(result.versions).toBe(step === 'offer' ? 1 : 0);
      expect((await register(clone, 'digits@v1.0.0')).report.passed).toBe(true);
      expect((await verify(clone, 'digits@v1.0.0')).report.passed).toBe(true);
      expect(await kinds()).toEqual([]);
    },
  );

  test('finishes a registration, or forgets it', async () => {
    await registerUntil('digits@v1.0.0', 'commit');
    expect((await fsck(clone, { repair: 'true' })).result.finished).toEqual(['digits@v1.0.0']);
    expect(await kinds()).toEqual([]);
    await clone.write('models/digits/model.onnx', 'second weights');
    clone.commit('Second');
    clone.tag('digits@v2.0.0');
    await registerUntil('digits@v2.0.0', 'commit');
    clone.git('push', '--quiet', 'origin', ':refs/tags/digits@v2.0.0');
    expect(await kinds()).toEqual([['interrupted', 'notice']]);
    await fsck(clone, { prune: 'true', grace: '0' });
    expect(await kinds()).toEqual([]);
    expect((await verify(clone, 'digits@v1.0.0')).report.passed).toBe(true);
  });

  test('offers again what is not offered, and names what is something else', async () => {
    await register(clone, 'digits@v1.0.0');
    const tag = offered().get('v1.0.0') ?? '';
    offered().delete('v1.0.0');
    expect(await kinds()).toEqual([['not-offered', 'warning']]);
    expect(await kinds({ repair: 'true' })).toEqual([]);
    expect(offered().get('v1.0.0')).toBe(tag);
    const [pin = ''] = registry.repository('lab/models').manifests.keys();
    const { manifests } = registry.repository('lab/models/digits');
    manifests.set(pin, registry.repository('lab/models').manifests.get(pin)!);
    offered().set('v1.0.0', pin);
    expect(await kinds()).toEqual([['moved-offer', 'error']]);
  });

  test('refuses what the registry holds otherwise than it was registered', async () => {
    await register(clone, 'digits@v1.0.0');
    const { digest } = (await verify(clone, 'digits')).result.record.files.at(-1)!;
    registry.blobs.set(digest, Buffer.from('tampered'));
    expect((await verify(clone, 'digits')).report.passed).toBe(false);
    expect(await kinds()).toEqual([['corrupt', 'error']]);
    registry.blobs.delete(digest);
    expect(await kinds()).toEqual([['missing', 'error']]);
  });
});
