/** The growth of what metrics-service counts about itself, as boards read it: raw or recorded, depending on the time range. */
import {add, type BoardWindow, or, ratio} from '../promql/promql.ts';
import {
  foldingGrowth,
  ingestionGrowth,
  rateLimitedGrowth,
  rejectionGrowth,
  responseTimeGrowth,
  stallGrowth,
  unauthenticatedGrowth,
} from './recorded-growth.ts';
import {counterGrowth, histogramGrowth} from './recorded-readings.ts';

export const ingestion = counterGrowth(ingestionGrowth);
export const rejections = counterGrowth(rejectionGrowth);
export const unauthenticated = counterGrowth(unauthenticatedGrowth);
export const rateLimiting = counterGrowth(rateLimitedGrowth);
/** Label values counted as `_other`, because the label has reached its limit. */
export const folding = counterGrowth(foldingGrowth);
export const responseTime = histogramGrowth(responseTimeGrowth);
export const stall = histogramGrowth(stallGrowth);

type Over = {readonly over: BoardWindow};
const by = ['emitter'] as const;

export const acceptedEvents = ({over}: Over) => ingestion.inWindow({over, by});

/** Lost events, as far as their number is known: a request over the rate limit counts as one event. */
export const lostEvents = ({over}: Over) => {
  const rejected = rejections.inWindow({over, by});
  return or(add(rejected, rateLimiting.inWindow({over, by})), rejected);
};

/** The share of an emitter's events that were lost. */
export const lostShare = (view: Over) => {
  const lost = lostEvents(view);
  return ratio(lost, or(add(acceptedEvents(view), lost), lost), {idle: 'absent'});
};
