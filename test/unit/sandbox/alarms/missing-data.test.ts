import { describe, expect, it } from 'vitest';
import {
  type Datapoint,
  judgeDatapoints,
  MISSING_DATA_TREATMENTS,
  type MissingDataTreatment,
} from '../../../../sandbox/alarms/missing-data.ts';

/** Missing, ignore, breaching, notBreaching: the columns of the tables. */
type Row = [datapoints: string, filled: number, ...states: string[]];

/** CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data": its two tables, row by row. */
const TABLES: Record<string, { datapointsToAlarm: number; rows: Row[] }> = {
  '3 of 3': {
    datapointsToAlarm: 3,
    rows: [
      ['0 - X - X', 0, 'OK', 'OK', 'OK', 'OK'],
      ['0 - - - -', 2, 'OK', 'OK', 'OK', 'OK'],
      ['- - - - -', 3, 'INSUFFICIENT_DATA', 'unchanged', 'ALARM', 'OK'],
      ['0 X X - X', 0, 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
      ['- - X - -', 2, 'ALARM', 'unchanged', 'ALARM', 'OK'],
    ],
  },
  '2 of 3': {
    datapointsToAlarm: 2,
    rows: [
      ['0 - X - X', 0, 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
      ['0 0 X 0 X', 0, 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
      ['0 - X - -', 1, 'OK', 'OK', 'ALARM', 'OK'],
      ['- - - - 0', 2, 'OK', 'OK', 'ALARM', 'OK'],
      ['- - - X -', 2, 'ALARM', 'unchanged', 'ALARM', 'OK'],
    ],
  },
};

/** The rows of the edition of 2018 that today's edition has replaced by others. */
const EARLIER_ROWS: Record<string, { datapointsToAlarm: number; rows: Row[] }> = {
  '3 of 3': {
    datapointsToAlarm: 3,
    rows: [
      ['- - - - X', 2, 'INSUFFICIENT_DATA', 'unchanged', 'ALARM', 'OK'],
      ['X - - - -', 2, 'ALARM', 'unchanged', 'ALARM', 'OK'],
    ],
  },
  '2 of 3': {
    datapointsToAlarm: 2,
    rows: [['- - - - X', 2, 'INSUFFICIENT_DATA', 'unchanged', 'ALARM', 'OK']],
  },
};

describe.each([
  ["the guide's tables", TABLES],
  ['rows of its earlier edition', EARLIER_ROWS],
])('%s', (_, tables) => {
  describe.each(Object.entries(tables))('%s', (__, { datapointsToAlarm, rows }) => {
    const cases = rows.flatMap(([datapoints, filled, ...states]) =>
      MISSING_DATA_TREATMENTS.map(
        (treatment, column) => [datapoints, treatment, states[column], filled] as const,
      ),
    );

    it.each(cases)('%s with missing data treated as %s is %s', (datapoints, treatment, state, filled) => {
      const verdict = judge(datapoints, datapointsToAlarm, treatment);

      expect(verdict).toMatchObject({ state, filled });
    });
  });
});

describe('an alarm that is not to go off too early', () => {
  it.each(['- - - - X', '- - - X -'])('does not go off at %s', (datapoints) => {
    expect(judge(datapoints, 3, 'missing').state).not.toBe('ALARM');
  });

  it.each(['- - - X 0', '- - X - 0'])(
    'is OK when a datapoint within the threshold follows: %s',
    (datapoints) => {
      expect(judge(datapoints, 3, 'missing').state).toBe('OK');
    },
  );

  it('goes off with as many breaching datapoints as it takes, however few there are', () => {
    expect(judge('- - - - X', 1, 'missing').state).toBe('ALARM');
    expect(judge('- - - - X', 1, 'ignore').state).toBe('ALARM');
  });
});

it('the most recent datapoints are evaluated, and only as many as the alarm asks for', () => {
  expect(judge('X X 0 - 0 0', 1, 'breaching')).toEqual({
    state: 'OK',
    evaluated: [2, 4, 5],
    breaching: 0,
    filled: 0,
  });
});

function judge(datapoints: string, datapointsToAlarm: number, treatMissingData: MissingDataTreatment) {
  const range = datapoints.split(' ').map(datapointOf);
  return judgeDatapoints(range, { evaluationPeriods: 3, datapointsToAlarm, treatMissingData });
}

function datapointOf(sign: string): Datapoint {
  if (sign === '0') return 'within';
  return sign === 'X' ? 'breaching' : 'missing';
}
