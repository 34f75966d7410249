import { flag, integer, onDisk, optionalText } from '../../runner/inputs.ts';

export const inputs = {
  store: onDisk(
    optionalText(
      "The folder of the registry's blobs, or oci://host/repository; the policy's by default.",
      'PLACE',
    ),
  ),
  repair: flag('Finish registrations that ended right before they were published.'),
  prune: flag('Remove blobs that no version needs.'),
  grace: integer(
    'With prune: the hours for which a blob that nobody needs is kept, since its registration may be under way.',
    { min: 0, max: 24 * 365 },
    24,
  ),
};
