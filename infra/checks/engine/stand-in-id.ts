/** Passes to the stand-in the id of a resource that a remote component created; an input that no real resource has. */
export const standInId = 'standInId';
