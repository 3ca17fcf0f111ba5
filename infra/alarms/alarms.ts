import { Token } from 'aws-cdk-lib';
import { Alarm, AlarmRule, AlarmState, CompositeAlarm, type IAlarmRule } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { ConnectionSettings } from '../settings/nested-settings.ts';
import type { AlarmDefinition, Audience, LatchDefinition } from './alarm-definition.ts';
import { alarmId } from './alarm-names.ts';
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
  scopeDrift,
  tokenExpiringSoon,
  zohoThrottling,
} from './refresh-alarms.ts';
import {
  type UnauthorizedAlarmsProps,
  unauthorizedSpikeOfConnection,
  unauthorizedSpikeOfFleet,
} from './unauthorized-alarms.ts';

export interface AlarmsProps extends RefreshAlarmsProps, FunctionAlarmsProps, UnauthorizedAlarmsProps {
  /** Notified by every alarm, when it goes off and when it is over. */
  readonly topic: ITopic;
  /** Notified once when any alarm for this audience goes off, and once when all of them are over. */
  readonly topicOf: Readonly<Record<Audience, ITopic>>;
  readonly runbookBaseUrl: string;
  /** The beginning of every name. */
  readonly namePrefix: string;
  /** Declared connections: each has its own alarm for 401s. */
  readonly connections: Readonly<Record<string, Pick<ConnectionSettings, 'severity'>>>;
  /** Alarms that are left out: see {@link alarmId}. */
  readonly disabledAlarms: readonly string[];
}

/** All alarms. Each description says what is wrong, what to do first, and where the runbook is. */
export class RefresherAlarms extends Construct {
  /** All alarms but the composites and latches. */
  readonly alarms: readonly Alarm[];
  /** One alarm for each audience; none if every alarm for it is disabled. */
  readonly composites: Readonly<Partial<Record<Audience, CompositeAlarm>>>;
  readonly #props: AlarmsProps;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.#props = props;
    const definitions = definitionsOf(props).filter(
      ({ name, connection }) => !props.disabledAlarms.includes(alarmId(name, connection)),
    );
    const created = definitions.map((definition) => ({
      definition,
      alarm: this.#create(definition),
      latch: definition.latch && this.#createLatch(definition.latch),
    }));
    // Without the alarms of single connections: one that lasts would hide all others.
    const ofAudience = (audience: Audience) =>
      created.filter(
        ({ definition }) => definition.audience === audience && definition.connection === undefined,
      );
    this.alarms = created.map(({ alarm }) => alarm);
    const page = this.#composite('page', ofAudience('page'), 'Act now');
    const ticket = this.#composite('ticket', ofAudience('ticket'), 'Act on the next working day');
    this.composites = { ...(page && { page }), ...(ticket && { ticket }) };
  }

  /** The alarms of single connections share one runbook. */
  #create({ name, connection, audience, meaning, first, condition }: AlarmDefinition): Alarm {
    const { topic, topicOf, runbookBaseUrl, namePrefix } = this.#props;
    const id = alarmId(name, connection);
    const alarm = new Alarm(this, id, {
      ...condition,
      alarmName: checkAlarmName(`${namePrefix}${id}`),
      alarmDescription: `${meaning} First: ${first} Runbook: ${runbookBaseUrl}/${name}.md`,
    });
    const own = connection !== undefined && audience !== undefined ? [topicOf[audience]] : [];
    for (const notified of [topic, ...own]) {
      alarm.addAlarmAction(new SnsAction(notified));
      alarm.addOkAction(new SnsAction(notified));
    }
    return alarm;
  }

  #createLatch({ name, meaning, condition }: LatchDefinition): Alarm {
    return new Alarm(this, name, {
      ...condition,
      alarmName: checkAlarmName(`${this.#props.namePrefix}${name}`),
      alarmDescription: meaning,
    });
  }

  /** One notification for any number of alarms: an outage of Zoho pages once, not once per connection. */
  #composite(
    audience: Audience,
    alarms: readonly LatchedAlarm[],
    meaning: string,
  ): CompositeAlarm | undefined {
    if (alarms.length === 0) return undefined;
    const composite = new CompositeAlarm(this, audience, {
      compositeAlarmName: `${this.#props.namePrefix}${audience}`,
      alarmRule: AlarmRule.anyOf(...alarms.map(ruleOf)),
      alarmDescription: `${meaning}: at least one of ${alarms.length} alarms is in ALARM. First: run zoho-tokens status, which lists them. Runbooks: ${this.#props.runbookBaseUrl}`,
    });
    composite.addAlarmAction(new SnsAction(this.#props.topicOf[audience]));
    composite.addOkAction(new SnsAction(this.#props.topicOf[audience]));
    return composite;
  }
}

interface LatchedAlarm {
  readonly alarm: Alarm;
  readonly latch: Alarm | undefined;
}

function ruleOf({ alarm, latch }: LatchedAlarm): IAlarmRule {
  const isInAlarm = AlarmRule.fromAlarm(alarm, AlarmState.ALARM);
  if (latch === undefined) return isInAlarm;
  const isUnset = AlarmRule.fromAlarm(latch, AlarmState.INSUFFICIENT_DATA);
  return AlarmRule.allOf(isInAlarm, AlarmRule.not(isUnset));
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
  return [
    reauthorizationNeeded(props),
    tokenExpiringSoon(props),
    refresherSilent(props),
    unauthorizedSpikeOfFleet(props),
    ...Object.entries(props.connections).map(([name, { severity }]) =>
      unauthorizedSpikeOfConnection(props, name, severity),
    ),
    notificationFailed(props),
    refreshFailing(props),
    zohoThrottling(props),
    refresherErrors(props),
    deliveryFailed(props),
    scopeDrift(props),
    contractChanged(props),
  ];
}
