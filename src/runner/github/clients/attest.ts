export { attestProvenance } from '@actions/attest';
