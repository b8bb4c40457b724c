--- Command line of the program.
return function() return 0 end
