import { expect, test } from 'vitest';
import { NO_FILTERS, readFilters, toWhere, writeFilters } from '../../../monitor/src/filters.ts';

test('what is written into the address is read back', () => {
  const filters = {
    ...NO_FILTERS,
    affid: '101',
    eventTypes: ['Sale', 'Lead'],
    status: ['FAILED' as const],
    finalUrlContains: 'a=b&c',
    test: false,
  };

  expect(readFilters(writeFilters(filters))).toEqual({ filters, problems: [] });
  expect(writeFilters(NO_FILTERS)).toBe('');
});

test('lists may have commas; what cannot be used is left out and told', () => {
  const { filters, problems } = readFilters('?status=FAILED,LOST&test=maybe&eventTypes=Sale,Lead');

  expect(filters.status).toEqual(['FAILED']);
  expect(filters.eventTypes).toEqual(['Sale', 'Lead']);
  expect(filters.test).toBe(null);
  expect(problems).toHaveLength(2);
  expect(problems[0]).toContain('status: LOST is none of DELIVERED');
  expect(problems[1]).toContain('test: maybe');
});

test('only what is set is asked of the server', () => {
  expect(toWhere(NO_FILTERS, null)).toEqual({});
  expect(toWhere({ ...NO_FILTERS, test: true, clickId: 'c' }, 'A1')).toEqual({
    affiliateIds: ['A1'],
    clickId: 'c',
    test: true,
  });
});
