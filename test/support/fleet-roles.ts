import { Template } from 'aws-cdk-lib/assertions';
import type { Statement } from '../infra/policy-statements.ts';
import { createStack } from '../infra/synthesize.ts';
import { readFleetPolicy } from './operator-policy.ts';
import { functionIn, operatorStatements, statementsIn } from './roles-documentation.ts';

/** The names of roles as the tables of a fleet show them, in their order. */
export const FLEET_ROLES = [
  'refresher',
  'schedule',
  'consumer of one connection',
  'consumer of all',
  'operator',
  'ConsentPages',
  'ConsentApi',
] as const;
export type FleetRole = (typeof FLEET_ROLES)[number];

/** The connection of the consumer of one. */
export const TENANT = 'crm-acme';

/** The settings of the fleet that the tables describe. */
const FLEET = { connectedStore: 'dynamodb', fleetShards: 4 } as const;

/** What every role may do in a fleet. ARNs have the capitalized placeholders of docs/fleet-policy.json. */
export function readFleetRoles(
  props: Parameters<typeof createStack>[0] = {},
): Readonly<Record<FleetRole, Statement[]>> {
  return { ...readDeployed({ ...FLEET, ...props }), operator: [...operatorStatements(), ...ofFleetPolicy()] };
}

/** The statements that a role has in a fleet only. */
export function addedByFleet(): Readonly<Record<FleetRole, Statement[]>> {
  const [without, fleet] = [readDeployed({}), readDeployed(FLEET)];
  const addedTo = (role: keyof typeof fleet) => {
    const known = new Set(without[role].map((statement) => JSON.stringify(statement)));
    return fleet[role].filter((statement) => !known.has(JSON.stringify(statement)));
  };
  return {
    refresher: addedTo('refresher'),
    schedule: addedTo('schedule'),
    'consumer of one connection': addedTo('consumer of one connection'),
    'consumer of all': addedTo('consumer of all'),
    operator: ofFleetPolicy(),
    ConsentPages: addedTo('ConsentPages'),
    ConsentApi: addedTo('ConsentApi'),
  };
}

function readDeployed(
  props: Parameters<typeof createStack>[0],
): Record<Exclude<FleetRole, 'operator'>, Statement[]> {
  const stack = createStack({
    alarmEmails: ['on-call@example.com'],
    consent: { displayName: 'Acme CRM' },
    ...props,
  });
  stack.zoho.runTimeConnection(TENANT).attachTo(functionIn(stack, 'TenantConsumer'));
  stack.zoho.allConnections.attachTo(functionIn(stack, 'EveryConsumer'));
  const statementsOf = statementsIn(Template.fromStack(stack));
  return {
    refresher: statementsOf('ZohoRefresherRole'),
    schedule: statementsOf('ZohoScheduleRole'),
    'consumer of one connection': statementsOf('TenantConsumer'),
    'consumer of all': statementsOf('EveryConsumer'),
    ConsentPages: statementsOf('ZohoConsentPagesRole'),
    ConsentApi: statementsOf('ZohoConsentApiRole'),
  };
}

/** For the prefix of the synthesized stack. */
function ofFleetPolicy(): Statement[] {
  return operatorStatements(readFleetPolicy({ PREFIX: 'zoho' }));
}
