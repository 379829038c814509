import { expect } from 'vitest';
import type { Scene } from '../../support/scene.ts';
import { SPELLINGS } from './spellings.ts';

const CREATE = `mutation ($affiliateId: ID!, $url: String!) {
  createPixel(input: { affiliateId: $affiliateId, triggerEvent: "FirstDeposit", url: $url }) {
    ... on CreatePixelPayload { pixel { id } } ... on Error { message } } }`;

const TEST = `mutation ($pixelId: ID!) { testPixel(input: { pixelId: $pixelId }) {
  ... on TestPixelPayload { postback { lastAttempt { errorKind } } } } }`;

type Made = { createPixel: { pixel?: { id: string }; message?: string } };
type Fired = { testPixel: { postback: { lastAttempt: { errorKind: string | null } } } };

/**
 * Saves a pixel for every spelling of an inner address and fires what could be saved; nothing may be
 * refused for any other reason than its address. Answers how each ended.
 */
export async function fireEverySpelling(
  scene: Scene,
  ports: number[],
): Promise<Map<string, string>> {
  const { affiliateId } = await scene.affiliate();
  const outcomes = new Map<string, string>();
  for (const host of SPELLINGS) {
    for (const port of ports) {
      const url = `http://${host}:${port}/?x={affclickid}`;
      const { createPixel } = await scene.read<Made>(CREATE, { affiliateId, url });
      if (!createPixel.pixel) {
        expect(createPixel.message, host).toMatch(/^url: ./);
        outcomes.set(host, 'refused at save');
        continue;
      }
      const fired = await scene.read<Fired>(TEST, { pixelId: createPixel.pixel.id });
      const { errorKind } = fired.testPixel.postback.lastAttempt;
      expect(errorKind, host).toBe('ADDRESS_REFUSED');
      outcomes.set(host, 'refused at fire');
    }
  }
  return outcomes;
}
