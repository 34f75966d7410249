import { UserError } from '../errors.ts';
import type { StoreChoice } from '../registry/registry.ts';
import {
  onDisk,
  optionalSecret,
  optionalText,
  workflowText,
  type InputValues,
} from '../runner/inputs.ts';

/** Where the bytes of snapshots are, for every action that reads or writes them. */
export const storeInputs = {
  store: onDisk(
    optionalText(
      "The folder of the registry's blobs, or oci://host/repository; the policy's by default.",
      'PLACE',
    ),
  ),
  'store-username': workflowText(
    'Who logs in to the OCI registry that store names; whoever docker login left by default.',
  ),
  'store-password': optionalSecret(
    'The password or access token of store-username, from a secret. It is sent to the host of store and to the token server that it names, and nowhere else.',
  ),
};

/**
 * The store that the inputs name, with the account that they give for it.
 * @throws UserError for a password that has no name, or no store that it is for.
 */
export function storeOf(inputs: InputValues<typeof storeInputs>): StoreChoice {
  const { store, 'store-username': username, 'store-password': password } = inputs;
  // A name alone is what is left where a pull request of a fork is given no secrets.
  if (password === undefined) return { store, credentials: undefined };
  if (username === undefined) {
    throw new UserError("input 'store-password' is given, and 'store-username' is not", {
      hint: 'Give the name that the token belongs to; a registry that looks at the token alone takes any, such as token.',
    });
  }
  // A policy under review must not say where a secret goes.
  if (store === undefined) {
    throw new UserError("input 'store-password' is given, and 'store' is not", {
      hint: 'Name the registry in the workflow too, such as store: oci://ghcr.io/lab/models: a secret goes only where the workflow says.',
    });
  }
  return { store, credentials: { username, password } };
}
