export { DefaultArtifactClient } from '@actions/artifact';
