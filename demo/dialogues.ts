import type { Person } from "./cast.ts";

/** A conversation of one day, line by line: lines of the first begin with `>`, of the second with `<`. */
const TEXTS: Readonly<Record<Person["of"], readonly string[]>> = {
  home: [
    `> Are you still coming on Saturday?
     < Of course 🎉 What shall I bring?
     > Something sweet, if you like
     < The lemon cake it is
     > You are the best`,
    `< I have found your umbrella
     < It was behind the sofa all along
     > Since March??
     < Since March.
     > 😂`,
    `> The train is late again, about twenty minutes
     < Then I start cooking at seven
     > Perfect. Do we need anything?
     < Onions, and the good bread
     > On my way`,
    `< Look at this sky tonight
     > I saw it from the bridge, all of it pink
     < We should have gone for a walk
     > Tomorrow?
     < Tomorrow.`,
    `> Happy birthday! 🎂
     < Thank you!! You are the first
     > I have set an alarm for it
     < Of course you have`,
    `< Did the plumber come?
     > He did. It was the other pipe
     < It is always the other pipe
     > 140 for "it was the other pipe"`,
  ],
  work: [
    `> Could you look at the draft before lunch?
     < On it. The second page is much better now
     > I have moved the numbers to the end
     < Good. One question: is "soon" a date?
     > It is not, I will say Thursday`,
    `< The build is red
     > Mine or yours?
     < Ours. A spec waits for a time and not for a condition
     > I know which one
     < I thought you would
     > Green again`,
    `> Are you in the meeting?
     < I am in *a* meeting
     > The third floor one
     < Running`,
    `< They said yes!
     > To all of it?
     < To all of it but the name
     > I never liked the name`,
    `> I am off from Wednesday, Heidi has the keys
     < Enjoy it. Is anything open?
     > Only the invoice. It is in the shared folder
     < Then go already 🏖️`,
  ],
  sport: [
    `> Six o'clock at the river?
     < Make it half past, I have to find my other shoe
     > The left one?
     < How do you know that`,
    `< 10 km in 52:40 🏃
     > What! Last month it was 58
     < New shoes
     > So you have found the left one`,
    `> Does anybody have a pump?
     < For a ball or for a bike?
     > For a bike. For the ball, too
     < I bring both`,
    `< It is raining
     > It is *only* raining
     < See you there 🌧️`,
  ],
};

/** A line of a chat. */
export interface Line {
  /** The one of the two who says it. */
  readonly by: 0 | 1;
  readonly text: string;
}

const FIRST_DAY = Date.UTC(2025, 4, 5);
const DAY_MS = 86_400_000;
/** So far apart are the days of a chat: twelve of them are five months. */
const APART_DAYS = 13;
const asDay = new Intl.DateTimeFormat("en-GB", {
  weekday: "short",
  day: "numeric",
  month: "short",
  timeZone: "UTC",
});

/** The lines of one day of a chat. The first says which day it pretends to be. */
export function day(of: Person["of"], n: number, pair: number): Line[] {
  const texts = TEXTS[of];
  const lines = (texts[(n + pair) % texts.length] ?? "").split("\n").map((line) => line.trim());
  const date = new Date(FIRST_DAY + (n * APART_DAYS + (pair % APART_DAYS)) * DAY_MS);
  return lines.map((line, i) => ({
    by: line.startsWith(">") ? 0 : 1,
    text: `${i === 0 ? `[${asDay.format(date)}] ` : ""}${line.slice(2)}`,
  }));
}

const LATE = [
  "Are you there?",
  "I have news",
  "You will not believe it",
  "Call me when you can",
  "It can wait until tomorrow",
  "Well, perhaps not",
  "☕?",
  "I have put it on the table",
  "See you later!",
];

/** Lines of somebody who gets no answer yet. */
export const late = (count: number): readonly string[] => LATE.slice(0, count);
