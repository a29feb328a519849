/** Assumptions of the cost estimate where the program doesn't determine a value. The plan prints all of it. */

export const assumptions = {
  /** Logs of one task, in GiB per month. */
  logGiB: 0.5,
  /** Flow logs of rejected connections, in GiB per month: a record has about 100 bytes. */
  flowLogGiB: 0.2,
  /** Access logs: bytes of one record in JSON. */
  accessLogBytes: 1000,
  /**
   * Fargate Spot's share of the price on demand. AWS documents up to 70% less, and the price moves:
   * https://aws.amazon.com/fargate/pricing/
   */
  spotShare: 0.4,
  /** All images of one repository, in GiB. */
  repositoryGiB: 2,
  /** Bytes per compressed sample with its labels, and the families' types and help: measured on a small catalogue. */
  sentBytes: 30,
  /** Bytes per stored sample. */
  storedBytes: 2,
  /** Samples that rules read, per sample written. */
  queriedPerWritten: 10,
  /**
   * MCP Analytics Comprehensive, open for two hours of each working day over the last hour. Measured: 10 million
   * samples of 15,300 series per view, scraped every 15 s.
   */
  boards: {samplesPerSeries: 650, hoursOpen: 44, refreshSeconds: 30, requestsPerView: 60},
  /** AWS Infrastructure, open for half an hour of each working day. */
  cloudWatchBoard: {metricsPerView: 35, hoursOpen: 11, refreshSeconds: 30},
} as const;
