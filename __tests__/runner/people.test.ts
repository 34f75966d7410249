import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { EnvironmentError, UserError } from '../../src/errors.ts';
import type { People } from '../../src/runner/ports.ts';
import { serve, type Reply, type Service } from '../services/http.ts';

/** GitHub in a bad hour, by team. */
const answers: Readonly<Record<string, Reply>> = {
  broken: { status: 502, body: { message: 'Server Error' } },
  busy: { status: 403, body: { message: 'API rate limit exceeded for installation' } },
  expired: { status: 401, body: { message: 'Bad credentials' } },
  secret: { status: 404, body: { message: 'Not Found' } },
  closed: { status: 403, body: { message: 'Resource not accessible by integration' } },
};

let service: Service;
beforeAll(async () => {
  service = await serve(({ url }) => {
    const team = /^\/orgs\/acme\/teams\/(\w+)/.exec(url.pathname)?.[1] ?? '';
    return Promise.resolve(answers[team]);
  });
  process.env.GITHUB_API_URL = service.url;
});
afterAll(async () => {
  delete process.env.GITHUB_API_URL;
  await service.close();
});

async function people(token: string): Promise<People> {
  const { githubPeople } = await import('../../src/runner/github/people.ts');
  return githubPeople({ access: { token, repository: 'acme/digits' }, membersToken: '', run: '1' });
}

const ask = async (team: string, token = 'job') => {
  const asked = (await people(token)).isMember(`acme/${team}`, 'ada');
  return asked.catch((thrown: unknown) => thrown);
};

describe('a question about a team', () => {
  test.each(['broken', 'busy'])(
    'that GitHub is too %s for says nothing of anybody',
    async (team) => {
      expect(await ask(team)).toBeInstanceOf(EnvironmentError);
    },
  );

  test.each(['expired', 'secret', 'closed'])(
    'that the token may not put (%s) names the permission',
    async (team) => {
      const thrown = await ask(team);
      expect(thrown).toBeInstanceOf(UserError);
      expect(thrown).not.toBeInstanceOf(EnvironmentError);
      expect(thrown).toMatchObject({ hint: expect.stringContaining("'Members: read'") });
    },
  );

  test('needs a token', async () => {
    expect(await ask('closed', '')).toMatchObject({ message: expect.stringContaining('no token') });
  });
});
