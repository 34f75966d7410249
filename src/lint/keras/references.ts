import type { KerasConfig } from '../../formats/keras/config.ts';
import type { Detail } from '../rule.ts';
import { gradeReference, type KerasGrade } from './grade.ts';

/** The references of one grade, each name once, with how often it occurs. */
export function referencesOf(config: KerasConfig, grade: KerasGrade['grade']): Detail[] {
  const found = new Map<string, { path: string; reason: string; count: number }>();
  for (const reference of config.references) {
    const graded = gradeReference(reference);
    if (graded.grade !== grade) continue;
    const { module, name, registeredName, path } = reference;
    const shown = registeredName?.includes('>') ? registeredName : name;
    const full = module === undefined ? shown : `${module}.${name}`;
    const known = found.get(full);
    if (known) known.count += 1;
    else found.set(full, { path, reason: graded.reason, count: 1 });
  }
  return [...found].map(([name, { path, reason, count }]) => ({
    message: `loading the model looks up ${name}${count > 1 ? ` (${count} times)` : ''}: ${reason}`,
    location: path,
  }));
}
