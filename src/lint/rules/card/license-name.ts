import { rule } from '../../rule.ts';

export default rule({
  id: 'card/license-name',
  family: 'card',
  severity: 'warning',
  rationale: '`license: other` says nothing by itself: license_name and license_link say which.',
  fails: 'license: other',
  passes: 'license: other, license_name: acme-1.0, license_link: LICENSE',
  *check({ metadata, lineOf }) {
    if (metadata?.license !== 'other') return;
    const missing = ['license_name', 'license_link'].filter((key) => !metadata[key]);
    if (missing.length === 0) return;
    yield {
      message: `license is other, and ${missing.join(' and ')} is missing`,
      line: lineOf('license'),
    };
  },
});
