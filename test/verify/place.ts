/** The one connection of the verification. */
export const CONNECTION = 'verify';

/** What a verification deploys, named so that it meets nothing else. */
export interface Place {
  readonly secretPrefix: string;
  readonly stackName: string;
}

/** Names from a random number, so that two verifications in one account do not meet. */
export function placeFor(random: number): Place {
  const id = random.toString(16).padStart(8, '0');
  return { secretPrefix: `verify-${id}`, stackName: `ZohoTokenRefresherVerify-${id}` };
}

/** The CDK context of a place, as arguments of the CDK CLI. */
export function contextArguments({ secretPrefix, stackName }: Place): string[] {
  return ['-c', `verifyPrefix=${secretPrefix}`, '-c', `verifyStack=${stackName}`];
}

/** Reads it back in the app. */
export function contextOf(tryGet: (key: string) => unknown): Place {
  const [secretPrefix, stackName] = [tryGet('verifyPrefix'), tryGet('verifyStack')];
  if (typeof secretPrefix !== 'string' || typeof stackName !== 'string') {
    throw new Error('This app is deployed by npm run verify.');
  }
  return { secretPrefix, stackName };
}
