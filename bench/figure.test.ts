import { expect, test } from 'vitest'
import { least, median, transpose } from './figure.ts'

test('the median of an odd number of samples is the one in the middle', () => {
  expect(median([9, 1, 5])).toBe(5)
})

test('the median of an even number of samples lies between the two in the middle', () => {
  expect(median([1, 10, 4, 2])).toBe(3)
})

test('the median does not reorder the samples', () => {
  const samples = [3, 1, 2]
  median(samples)
  expect(samples).toEqual([3, 1, 2])
  expect(least(samples)).toBe(1)
})

test('stages of several runs are gathered by name', () => {
  expect(
    transpose(
      [
        { build: 1, start: 2 },
        { build: 3, start: 4 },
      ],
      ['build', 'start'],
    ),
  ).toEqual({ build: [1, 3], start: [2, 4] })
})
