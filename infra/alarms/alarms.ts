import { Token } from 'aws-cdk-lib';
import { Alarm, type AlarmBase, CompositeAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { CONNECTION_ALARM, MAX_PARAMETER_BYTES } from '../../lambdas/core/deployment-address.ts';
import type { ConnectionSettings } from '../settings/nested-settings.ts';
import type { AlarmDefinition, Audience } from './alarm-definition.ts';
import { composeAlarmList } from './alarm-list.ts';
import { alarmId } from './alarm-names.ts';
import { type LatchedAlarm, latchedRule } from './composite-alarms.ts';
import {
  type ConsentAlarmsProps,
  consentErrors,
  consentFailing,
  consentThrottled,
} from './consent-alarms.ts';
import {
  deliveryFailed,
  type FunctionAlarmsProps,
  refresherErrors,
  refresherSilent,
} from './function-alarms.ts';
import {
  contractChanged,
  notificationFailed,
  type RefreshAlarmsProps,
  reauthorizationNeeded,
  refreshFailing,
  tokenExpiringSoon,
  zohoThrottling,
} from './refresh-alarms.ts';
import { shardSilent } from './shard-alarms.ts';
import {
  type UnauthorizedAlarmsProps,
  unauthorizedSpikeOfConnection,
  unauthorizedSpikeOfFleet,
} from './unauthorized-alarms.ts';

export interface AlarmsProps extends RefreshAlarmsProps, FunctionAlarmsProps, UnauthorizedAlarmsProps {
  /** Notified by every alarm, when it goes off and when it is over. */
  readonly topic: ITopic;
  /** Notified by each alarm for this audience. */
  readonly topicOf: Readonly<Record<Audience, ITopic>>;
  readonly runbookBaseUrl: string;
  /** The beginning of every name. */
  readonly namePrefix: string;
  /** Declared connections: each has its own alarm for 401s. */
  readonly connections: Readonly<Record<string, Pick<ConnectionSettings, 'severity'>>>;
  /** Alarms that are left out: see {@link alarmId}. */
  readonly disabledAlarms: readonly string[];
  /** The consent pages. @default - none: they have no alarms */
  readonly consent: ConsentAlarmsProps | undefined;
}

/**
 * All alarms. Each description says what is wrong, what to do first, and where the runbook is. Each notifies its audience itself: in a
 * composite alarm, one that lasts would hide the next.
 */
export class RefresherAlarms extends Construct {
  /** All alarms but the composite and the latch. */
  readonly alarms: readonly Alarm[];
  /** What exists, for those who look for what was deleted: the parameter `alarms` of the address. */
  readonly list: string;
  readonly #props: AlarmsProps;
  readonly #shared = new Map<string, Composite & { readonly id: string }>();

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.#props = props;
    const definitions = definitionsOf(props).filter(
      ({ name, part }) => !props.disabledAlarms.includes(alarmId(name, part)),
    );
    this.alarms = definitions.map((definition) => this.#create(definition));
    for (const { id, ...composite } of this.#shared.values()) this.#createComposite(id, composite);
    const created = new Set(this.node.children.map(({ node }) => node.id));
    const conditions = definitions.flatMap(({ latch }) => (latch === undefined ? [] : [latch.name]));
    const connections = Object.keys(props.connections).filter((name) =>
      created.delete(alarmId(CONNECTION_ALARM, name)),
    );
    const alarms = [...created].filter((id) => !conditions.includes(id));
    this.list = composeAlarmList({ alarms, conditions, connections }, MAX_PARAMETER_BYTES);
  }

  /** The alarms of single connections share one runbook. */
  #create(definition: AlarmDefinition): Alarm {
    const { name, part, audience, meaning, first, condition, latch } = definition;
    const { topic, topicOf, runbookBaseUrl } = this.#props;
    const id = alarmId(name, part);
    const alarm = new Alarm(this, id, {
      ...condition,
      alarmName: this.#nameOf(id),
      alarmDescription: `${meaning} First: ${first} Runbook: ${runbookBaseUrl}/${name}.md`,
    });
    notify(alarm, topic);
    if (audience !== undefined && latch === undefined) notify(alarm, topicOf[audience]);
    if (audience !== undefined && latch !== undefined)
      this.#createLatched(alarm, { ...definition, audience, latch });
    return alarm;
  }

  /** The latch of an alarm, and what notifies its audience once it is set. A composite alarm that others share is created last. */
  #createLatched(alarm: Alarm, { name, part, audience, meaning, first, latch }: LatchedDefinition): void {
    const latchName = this.#nameOf(latch.name);
    const latchAlarm = new Alarm(this, latch.name, {
      ...latch.condition,
      alarmName: latchName,
      alarmDescription: latch.meaning,
    });
    const latched = { alarm, latch: latchAlarm, names: [this.#nameOf(alarmId(name, part)), latchName] };
    const advice = `First: ${first} Runbook: ${this.#props.runbookBaseUrl}/${name}.md`;
    const { composite } = latch;
    if (composite === undefined) {
      const description = `${name}, once ${latch.name} is set. ${meaning} ${advice}`;
      this.#createComposite(audience, { audience, latched: [latched], description });
      return;
    }
    const others = this.#shared.get(composite.name)?.latched ?? [];
    this.#shared.set(composite.name, {
      ...{ id: composite.name, audience, latched: [...others, latched] },
      description: `${composite.meaning} ${advice}`,
    });
  }

  #createComposite(id: string, { audience, latched, description }: Composite): void {
    const composite = new CompositeAlarm(this, id, {
      compositeAlarmName: this.#nameOf(id),
      alarmRule: latchedRule(latched),
      alarmDescription: description,
    });
    notify(composite, this.#props.topicOf[audience]);
  }

  #nameOf(id: string): string {
    return checkAlarmName(`${this.#props.namePrefix}${id}`);
  }
}

interface Composite {
  readonly audience: Audience;
  readonly latched: readonly LatchedAlarm[];
  readonly description: string;
}

type LatchedDefinition = AlarmDefinition & Required<Pick<AlarmDefinition, 'audience' | 'latch'>>;

/** When it goes off and when it is over. */
function notify(alarm: AlarmBase, topic: ITopic): void {
  alarm.addAlarmAction(new SnsAction(topic));
  alarm.addOkAction(new SnsAction(topic));
}

/** Maximum length of an alarm's name: a limit of CloudWatch. */
const MAX_NAME_LENGTH = 255;

function checkAlarmName(name: string): string {
  if (Token.isUnresolved(name) || name.length <= MAX_NAME_LENGTH) return name;
  throw new Error(
    `The alarm ${name} has a name of ${name.length} characters. Allowed: ${MAX_NAME_LENGTH}. Use a shorter name for the stack, the secretPrefix or the connection.`,
  );
}

/** The order is that of the dashboard. */
function definitionsOf(props: AlarmsProps): readonly AlarmDefinition[] {
  const { consent } = props;
  return [
    reauthorizationNeeded(props),
    tokenExpiringSoon(props),
    refresherSilent(props),
    ...Array.from({ length: props.shards }, (_, shard) => shardSilent(props, shard)),
    unauthorizedSpikeOfFleet(props),
    ...Object.entries(props.connections).map(([name, { severity }]) =>
      unauthorizedSpikeOfConnection(props, name, severity),
    ),
    notificationFailed(props),
    refreshFailing(props),
    zohoThrottling(props),
    refresherErrors(props),
    deliveryFailed(props),
    contractChanged(props),
    ...(consent ? [consentFailing(consent), consentErrors(consent), consentThrottled(consent)] : []),
  ];
}
