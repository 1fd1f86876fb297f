// Package nouns has what every API family needs to show the nouns of O2-IMS: their
// attributes as filters and selectors see them, and pieces of their encoding.
package nouns
