// RUN: tn-opt %s -split-input-file -verify-diagnostics --convert-assert-to-handler

func.func @inside_loop(%c: i1, %n: index) {
  affine.for %i = 0 to 4 {
    // expected-error @below {{stands inside affine.for; lower structured control flow before assertions}}
    cf.assert %c, "no"
  }
  return
}

// -----

func.func @check_inside_loop(%c: i1, %n: index) {
  affine.for %i = 0 to 4 {
    // expected-error @below {{stands inside affine.for; lower structured control flow before assertions}}
    tensornet.check %c, "no"
  }
  return
}
