import { Architecture, type FunctionOptions } from 'aws-cdk-lib/aws-lambda';
import type { Settings } from './settings/settings.ts';

/** The settings that are the same for every function. */
export type FunctionSize = Pick<Settings, 'architecture' | 'memoryMegabytes'>;

export function functionSize({
  architecture,
  memoryMegabytes,
}: FunctionSize): Pick<FunctionOptions, 'architecture' | 'memorySize'> {
  return {
    architecture: architecture === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64,
    memorySize: memoryMegabytes,
  };
}
