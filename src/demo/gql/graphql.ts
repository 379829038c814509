/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** What kind of partner an affiliate is. */
export type AffiliateKind =
  /** Sends traffic itself. */
  | 'AFFILIATE'
  /** Introducing broker: may have affiliates below it and sees their rows. */
  | 'IB';

/** A new affiliate. */
export type CreateAffiliateInput = {
  /** Public code, `[A-Za-z0-9._-]{1,64}`. */
  affid: string;
  /** Default AFFILIATE. */
  kind?: AffiliateKind | null | undefined;
  /** 1 to 200 characters. */
  name: string;
  /** The introducing broker above it. */
  parentId?: string | number | null | undefined;
};

export type DemoCreateAffiliateMutationVariables = Exact<{
  input: CreateAffiliateInput;
}>;


export type DemoCreateAffiliateMutation = { createAffiliate:
    | { __typename: 'ConflictError', message: string }
    | { __typename: 'CreateAffiliatePayload', affiliate: { id: string } }
    | { __typename: 'InvalidInputError', message: string }
    | { __typename: 'NotFoundError', message: string }
   };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}

export const DemoCreateAffiliateDocument = new TypedDocumentString(`
    mutation DemoCreateAffiliate($input: CreateAffiliateInput!) {
  createAffiliate(input: $input) {
    __typename
    ... on CreateAffiliatePayload {
      affiliate {
        id
      }
    }
    ... on Error {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<DemoCreateAffiliateMutation, DemoCreateAffiliateMutationVariables>;