import { expect, test } from 'vitest';
import { doorOf } from '../../../../lambdas/core/refresh/refresher-door.ts';

const FUNCTION = 'arn:aws-cn:lambda:cn-north-1:111122223333:function:refresher';

test.each([
  [`${FUNCTION}:schedule`, 'schedule'],
  [`${FUNCTION}:consumers`, 'consumers'],
  [`${FUNCTION}:operators`, 'operators'],
  [FUNCTION, undefined],
  [`${FUNCTION}:$LATEST`, undefined],
  [`${FUNCTION}:7`, undefined],
  [`${FUNCTION}:constructor`, undefined],
  ['arn:aws:lambda:eu-west-1:111122223333:function:operators', undefined],
  ['', undefined],
])('the alias that was invoked is the door: %s', (arn, door) => {
  expect(doorOf(arn)).toBe(door);
});
