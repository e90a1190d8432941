import { readAsset } from './assets.ts';

/** As package.json says; part of every measurement. */
export const SOFTWARE_VERSION: string = (
  JSON.parse(readAsset('package.json')) as { readonly version: string }
).version;
