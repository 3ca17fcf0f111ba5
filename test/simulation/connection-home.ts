import type { Choices } from './choices.ts';

/** How a connection came to be, and where its secrets are. */
export const CONNECTION_HOMES = [
  'declared',
  'connected, in Secrets Manager',
  'connected, in DynamoDB',
] as const;
export type ConnectionHome = (typeof CONNECTION_HOMES)[number];

/** In a world of the second store, most connections are there, and in one of 8, none: a fleet may be in Secrets Manager. */
export function pickHome(choices: Choices, index: number): ConnectionHome {
  if (choices.draw('homes') < 0.125) return 'connected, in Secrets Manager';
  if (index === 0) return 'connected, in DynamoDB';
  return choices.pick<ConnectionHome>(`home ${index}`, [
    'connected, in DynamoDB',
    'connected, in DynamoDB',
    'connected, in DynamoDB',
    'connected, in DynamoDB',
    'declared',
    'declared',
    'connected, in Secrets Manager',
  ]);
}
