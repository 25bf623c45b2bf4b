// The words of the page stand in its HTML; scripts only point at them.
export const words = document.getElementById("words").dataset;

export const part = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);
