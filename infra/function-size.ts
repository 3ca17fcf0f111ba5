import { Architecture, type FunctionOptions } from 'aws-cdk-lib/aws-lambda';
import type { Settings } from './settings/settings.ts';

/** The settings that are the same for every function. */
export type FunctionSize = Pick<Settings, 'architecture' | 'memoryMegabytes'>;

/** The same of the refresher, which needs more for many refreshes at a time. */
export function refresherSize(
  settings: FunctionSize & Pick<Settings, 'fleetRefreshesPerSecond'>,
): Pick<FunctionOptions, 'architecture' | 'memorySize'> {
  const isBusy = (settings.fleetRefreshesPerSecond ?? 0) > MOST_REFRESHES_PER_SECOND;
  const memoryMegabytes = Math.max(settings.memoryMegabytes, isBusy ? BUSY_MEGABYTES : 0);
  return functionSize({ ...settings, memoryMegabytes });
}

/** With the default memory. */
const MOST_REFRESHES_PER_SECOND = 25;
const BUSY_MEGABYTES = 1024;

/** The size of a function. */
export function functionSize({
  architecture,
  memoryMegabytes,
}: FunctionSize): Pick<FunctionOptions, 'architecture' | 'memorySize'> {
  return {
    architecture: architecture === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64,
    memorySize: memoryMegabytes,
  };
}
