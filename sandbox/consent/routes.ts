import type { HttpRoute, Integration } from './http-api.ts';

/** The routes of the stack. A test compares them with the template. */
const PUBLIC = ['GET /i/{token}', 'POST /i/{token}', 'GET /callback'];
const SIGNED = [
  'POST /v1/invites',
  'GET /v1/invites',
  'GET /v1/invites/{id}',
  'DELETE /v1/invites/{id}',
  'POST /v1/invites/{id}/complete',
  'POST /v1/invites/{id}/reject',
];

export function routesOf({
  pages,
  signed,
}: {
  readonly pages: Integration;
  readonly signed: Integration;
}): HttpRoute[] {
  return [
    ...PUBLIC.map((routeKey) => ({ routeKey, integration: pages, isSigned: false })),
    ...SIGNED.map((routeKey) => ({ routeKey, integration: signed, isSigned: true })),
  ];
}
