export { isFeatureAvailable, restoreCache, saveCache } from '@actions/cache';
