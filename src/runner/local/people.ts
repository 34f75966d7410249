import { UserError } from '../../errors.ts';
import type { People } from '../ports.ts';

/** At a terminal people are who Git says they are, and there is nobody to ask about them. */
export function localPeople(): People {
  const cannot = (question: string) =>
    Promise.reject(
      new UserError(`only GitHub knows ${question}, and a terminal does not ask it`, {
        hint: 'Let a workflow act on the tag: it runs as whoever pushed it.',
      }),
    );
  return {
    isMember: (team, login) => cannot(`whether ${login} is in the team ${team}`),
    permissionOf: (login) => cannot(`what ${login} may do with the repository`),
    approversOf: (environment) => cannot(`who approved ${environment}`),
  };
}
