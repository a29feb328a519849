/** Tells the stand-in the id of a resource that a remote component made; an input that no real resource has. */
export const standInId = 'standInId';
