import { RemovalPolicy } from 'aws-cdk-lib';
import type { Settings } from './settings/settings.ts';

/** Resources that are retained are deleted all the same when their own creation is rolled back, so that a retry finds no orphan. */
export const REMOVAL_POLICIES = {
  retain: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  destroy: RemovalPolicy.DESTROY,
} as const satisfies Record<Settings['removalPolicy'], RemovalPolicy>;
