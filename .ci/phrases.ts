/** Phrases that are unusual in the documentation of Prometheus, Grafana, Pulumi and Node, each with its replacement. */

export type Rule = {readonly pattern: RegExp; readonly write: string};

/** The nouns after "per". */
const units =
  'second|minute|hour|day|week|month|year|request|task|event|point|panel|board|label|emitter|family|call|look|run|scrape';
/** The nouns and numbers before it. */
const counted =
  '\\d[\\d,.]*|requests?|times|events?|samples?|dollars?|tokens?|calls?|metrics?|series|[kMG]i?B|rows?|lines?|bytes?|points?|(?<=\\d )starts?|once|twice|one';

export const rules: readonly Rule[] = [
  {
    pattern: /\b(somebody|nobody|anybody|everybody|whoever|whomever|whom)\b/i,
    write: 'the user, the operator, the emitter, no emitter',
  },
  {pattern: /\b(anew|meanwhile)\b/i, write: 'again; in the meantime is rarely needed'},
  {pattern: /\bat once\b/i, write: 'immediately, at the same time'},
  {pattern: /\bby (itself|themselves)\b/i, write: 'automatically, separately'},
  {pattern: /\bof (its|their|our|your) own\b/i, write: 'its own X, a separate X'},
  {pattern: /\b(so many|so few|so long as)\b/i, write: 'that many, as long as'},
  {pattern: /\bleft out\b/i, write: 'default, omitted'},
  {pattern: /\b(make-believe|made[- ]up)\b/i, write: 'simulated, invented'},
  {pattern: /\bmend(s|ed|ing)?\b/i, write: 'fix, normalize'},
  {pattern: /(?<!\b(?:DNS|question and|questions and) )\banswer(s|ed|ing)?\b/i, write: 'respond, response, return'},
  {pattern: /(?<!connections? )\brefus(e|es|ed|ing|al|als)\b(?! (the )?connection)/i, write: 'reject'},
  {pattern: /\b(is|are|was|were|be|been) taken\b/i, write: 'accepted, read, used'},
  {pattern: /\b(told|tells?|telling) (by|of|which|what|how|who)\b/i, write: 'reported by, shows'},
  {
    pattern: /\bwho (tells?|told|asks?|asked|sends?|sent|gave|gives|scrapes|evaluates|listens|holds)\b/i,
    write: 'the emitter, the client, the process that ...',
  },
  {pattern: /\b(for|to|from|by|of|as) who\b/i, write: 'for users who, for the client that'},
  {pattern: /(?<!there )\bis no (?!longer|more|need|way|reason|point|such|other|one)[a-z]+/i, write: 'is not a ...'},
  {pattern: /\ba text\b(?! (panel|file|editor|box|field|format))/i, write: 'a string'},
  {pattern: /\d %/, write: '5%'},
  {pattern: /\bper cent\b/i, write: 'percent'},
  {pattern: /\b(time-outs?|back-offs?|e-mails?)\b/i, write: 'timeout, backoff, email'},
  {pattern: /\bthen and now\b/i, write: 'before and after'},
  {
    pattern: /(?<!stand-|\b(?:leave|leaves|left|let) (?:(?:it|them|the \w+) )?)\balone\b/i,
    write: 'only, before the noun',
  },
  {pattern: /\b(for|from) want of\b/i, write: 'for lack of, because there is no'},
  {pattern: /\b(to|be) had\b/i, write: 'available'},
  {pattern: /\bkin\b/i, write: 'similar'},
  {pattern: /\bstands? in (?!for)/i, write: 'is defined in'},
  {pattern: /\bverbs?\b/i, write: 'command, npm script'},
  {pattern: /\bwhat it (isn[’']t|is not)\b/i, write: 'Non-goals'},
  {pattern: /(?<![$`])\b(observers?|tellers?)\b/i, write: 'reporter'},
  {pattern: /\bnot for (want|lack)\b/i, write: 'for lack of'},
  {pattern: /\b(takes?|took|taken) (as many|off)\b/i, write: 'accept; removes, rounds off'},
  {pattern: /\ball the same\b/i, write: 'still'},
  {pattern: /\bin words and (in )?(pictures|screenshots)\b/i, write: 'as text and screenshots'},
  {pattern: /\balready behind\b/i, write: 'with one hour of history'},
  {pattern: /\btakes? over \d/i, write: 'takes longer than'},
  {pattern: /\bdust\b/i, write: 'floating-point error'},
  {pattern: /\b(turn|turns|turned|turning) away\b/i, write: 'reject'},
  {
    pattern: /\b(response|service|server|status|header|body|answer|API|endpoint) says\b/i,
    write: 'contains, returns, has',
  },
  {pattern: /\bunder way\b/i, write: 'in progress, in flight'},
  {pattern: /\bblanks?\b(?! (lines?|pages?|strings?|screens?)\b)/i, write: 'space, empty'},
  {pattern: /\b(tell|tells|telling|told) (\w+ )?apart\b/i, write: 'distinguish'},
  {pattern: /\btaken (apart|in)\b/i, write: 'split; accepted'},
  {pattern: /\b(say|says|said) so\b/i, write: 'shows a notice, reports it'},
  {
    pattern:
      /\b(errors?|message|plan|panel|page|comment|exit code|log|label|schema|contract|documentation|length) says?\b/i,
    write: 'shows, names, states, contains',
  },
  {pattern: /\b(is|are|was|were|be|been) said\b/i, write: 'is documented, is reported'},
  {
    pattern:
      /\b(boards?|panels?|compiler|image|scrapers?|proxy|registry|variable|path|address|protocol|component) asks?\b/i,
    write: 'requests, queries, requires',
  },
  {pattern: /\bas (it|they) stands?\b/i, write: 'unchanged'},
  {pattern: /\bas many as (it|they) may\b/i, write: 'reached its maximum'},
  {pattern: /\b(of|from) chance\b/i, write: 'random'},
  {pattern: /\b(an|no) own\b(?! (key|propert))/i, write: 'its own X, a separate X'},
  {pattern: /\bfor ever\b/i, write: 'forever'},
  {pattern: /^\/\*\*\s*What\b/, write: 'the noun that it describes, or a sentence with a verb'},
  {pattern: /^(?:\/\*\*?|\/\/|#)\s*Of (?!course\b)/, write: 'a full sentence with a verb'},
  {pattern: /\ba look\b/i, write: 'poll, check, read'},
  {pattern: /\b(can[’']t|cannot|could not|couldn[’']t) be had\b/i, write: 'is not available'},
  {
    pattern: new RegExp(
      `(?:\\b(?:${counted})|\\$[\\d.]*) an? (?:${units})\\b(?! (?:ago|later|before|after|long|time))`,
      'i',
    ),
    write: 'per second, per request',
  },
];
